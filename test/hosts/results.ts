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

/** A promise of this realm that cannot be awaited: looking at its class throws. */
export function classless(message: string): Promise<unknown> {
  return Object.defineProperty(Promise.resolve(), "constructor", {
    get() {
      throw new Error(message);
    },
  });
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
  "header with a control character": () => ({ headers: { "x-kind": "a\u0001b" } }),
  "response with a control character": () => new Response("who?", { status: 401, headers: { "x-kind": "a\u007fb" } }),
  "used response": async () => {
    const response = new Response("who?", { status: 401 });
    await response.text();
    return response;
  },
};

/** An answer whose body somebody reads already. */
function taken(): Response {
  const response = new Response("who?", { status: 401 });
  response.body?.getReader();
  return response;
}

/** Answers that cannot be sent, for which a 500 is. */
export const UNSENDABLE: Readonly<Record<string, () => unknown>> = {
  taken,
  "promise of taken": async () => taken(),
  // Node and workerd let nobody make one.
  "101 without a socket": () => new Response(null, { status: 101 }),
};

/** An answer whose body fails when half of it is sent. */
export function brokenOff(): Response {
  const chunks = ["half"];
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const chunk = chunks.shift();
      if (chunk === undefined) controller.error(new Error("the rest of the answer is missing"));
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
  return new Response(body, { status: 401 });
}

/** Results that are answers, whatever class they are of. */
export const ANSWERS: Readonly<Record<string, () => unknown>> = {
  clone: () =>
    new Response("who?", { status: 401, headers: { "content-type": "text/x-other", "x-kind": "other" } }).clone(),
  "other class": () => otherResponse("who?", 401),
  "promise of other class": async () => otherResponse("who?", 401),
  "thenable of other class": () => otherPromise(otherResponse("who?", 401)),
};

/** A refusal that is another one each time that it is looked at, and none after the first. */
function changingRefusal(code: number, reason: string): object {
  const [codes, reasons]: [unknown[], unknown[]] = [[code], [reason]];
  return {
    type: "onesocket.refusal",
    get code() {
      return codes.length > 0 ? codes.shift() : 99_999;
    },
    get reason() {
      return reasons.length > 0 ? reasons.shift() : Symbol("none");
    },
  };
}

/** Results that refuse with a close code, whatever class they are of. */
export const REFUSALS: Readonly<Record<string, () => unknown>> = {
  "other copy's": () => otherRefusal(4403, "banned"),
  "one that changes": () => changingRefusal(4403, "banned"),
  "promise of other copy's": async () => otherRefusal(4403, "banned"),
};

/** What an answer looks like when it has arrived; the content type without its case. */
export interface Arrived {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly cookies?: readonly string[];
}

function parts(...texts: string[]): ReadableStream {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const write = async () => {
    for (const text of texts) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await writer.write(encoder.encode(text));
    }
    await writer.close();
  };
  // A client that left needs no more of it.
  write().catch(() => {});
  return readable;
}

const COOKIES: [string, string][] = [
  ["set-cookie", "one=1; Path=/"],
  ["set-cookie", "two=2; Path=/"],
];

/** Answers of every sort, and what of them must arrive. */
export const SENT: Readonly<Record<string, { make(): Response; readonly arrives: Arrived }>> = {
  text: {
    make: () => new Response("who?", { status: 401 }),
    arrives: { status: 401, body: "who?", type: "text/plain;charset=utf-8" },
  },
  JSON: {
    make: () => Response.json({ who: "?" }, { status: 401, headers: { "content-type": "application/problem+json" } }),
    arrives: { status: 401, body: '{"who":"?"}', type: "application/problem+json" },
  },
  form: {
    make: () => new Response(new URLSearchParams({ who: "?" }), { status: 400 }),
    arrives: { status: 400, body: "who=%3F", type: "application/x-www-form-urlencoded;charset=utf-8" },
  },
  blob: {
    make: () => new Response(new Blob(["no"], { type: "image/x-none" }), { status: 403 }),
    arrives: { status: 403, body: "no", type: "image/x-none" },
  },
  cookies: {
    make: () => new Response("who?", { status: 401, headers: COOKIES }),
    arrives: {
      status: 401,
      body: "who?",
      type: "text/plain;charset=utf-8",
      cookies: ["one=1; Path=/", "two=2; Path=/"],
    },
  },
  stream: {
    make: () => new Response(parts("a", "b"), { status: 429, headers: { "content-type": "text/x-parts" } }),
    arrives: { status: 429, body: "ab", type: "text/x-parts" },
  },
  redirect: {
    make: () => Response.redirect("https://login.example/", 302),
    arrives: { status: 302, body: "" },
  },
  "empty text": { make: () => new Response("", { status: 401 }), arrives: { status: 401, body: "" } },
  "no body": { make: () => new Response(null, { status: 401 }), arrives: { status: 401, body: "" } },
  "204": { make: () => new Response(null, { status: 204, headers: COOKIES }), arrives: { status: 204, body: "" } },
  "304": { make: () => new Response(null, { status: 304 }), arrives: { status: 304, body: "" } },
};
