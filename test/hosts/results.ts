/** What a `Response` of another realm, or of another package, is like: it has none of this realm's classes. */
class OtherResponse {
  readonly #real: Response;

  constructor(real: Response) {
    this.#real = real;
  }

  get status(): number {
    return this.#real.status;
  }
  get statusText(): string {
    return this.#real.statusText;
  }
  get ok(): boolean {
    return this.#real.ok;
  }
  get headers(): Headers {
    return this.#real.headers;
  }
  get body(): ReadableStream | null {
    return this.#real.body;
  }
  get bodyUsed(): boolean {
    return this.#real.bodyUsed;
  }
  text(): Promise<string> {
    return this.#real.text();
  }
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#real.arrayBuffer();
  }
  clone(): OtherResponse {
    return new OtherResponse(this.#real.clone());
  }
}

/** A `Response` that is no instance of this realm's. */
export function otherResponse(body: string, status: number): Response {
  return new OtherResponse(
    new Response(body, { status, headers: { "content-type": "text/x-other", "x-kind": "other" } }),
  ) as unknown as Response;
}

/** What a second copy of the package, or one in another realm, makes of `refuse`. */
function otherRefusal(code: number, reason: string): object {
  class Refusal {
    readonly type = "onesocket.refusal";
    readonly code = code;
    readonly reason = reason;
  }
  return new Refusal();
}

/** A promise of another realm, or of a library of its own. */
export function otherPromise(value: unknown): object {
  return {
    // biome-ignore lint/suspicious/noThenProperty: that is what a thenable is.
    then(resolve: (value: unknown) => void) {
      queueMicrotask(() => resolve(value));
    },
  };
}

/** What looks like a promise, and cannot be awaited. */
export function unawaitable(message: string): object {
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is meant to be taken for a promise.
    get then() {
      throw new Error(message);
    },
  };
}

/** A promise of another realm that never settles. */
export function neverSettled(): object {
  // biome-ignore lint/suspicious/noThenProperty: that is what a thenable is.
  return { then() {} };
}

/** Results that are neither a decision nor an answer: none of them may open a socket. */
export const NO_RESULTS: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  string: () => "lobby",
  function: () => () => ({}),
  array: () => [],
  map: () => new Map(),
  error: () => new Error("who?"),
  headers: () => new Headers(),
  status: () => ({ status: 401 }),
  misspelt: () => ({ rooms: "lobby" }),
  surplus: () => ({ room: "lobby", code: 4403 }),
  failure: () => ({ code: "OVERLOADED" }),
  refusal: () => ({ code: 4403, reason: "banned" }),
  "refusal without a code": () => otherRefusal(undefined as never, "banned"),
  instance: () => new (class Decision {})(),
  heir: () => Object.create({ room: "lobby" }),
  "room null": () => ({ room: null }),
  "state date": () => ({ state: new Date(0) }),
  "promise of null": async () => null,
  "thenable of null": () => otherPromise(null),
  "used response": async () => {
    const response = new Response("who?", { status: 401 });
    await response.text();
    return response;
  },
};

/** Results that are answers, whatever class they are of. */
export const ANSWERS: Readonly<Record<string, () => unknown>> = {
  clone: () =>
    new Response("who?", { status: 401, headers: { "content-type": "text/x-other", "x-kind": "other" } }).clone(),
  "other class": () => otherResponse("who?", 401),
  "promise of other class": async () => otherResponse("who?", 401),
  "thenable of other class": () => otherPromise(otherResponse("who?", 401)),
};

/** Results that refuse with a close code, whatever class they are of. */
export const REFUSALS: Readonly<Record<string, () => unknown>> = {
  "other copy's": () => otherRefusal(4403, "banned"),
  "promise of other copy's": async () => otherRefusal(4403, "banned"),
};
