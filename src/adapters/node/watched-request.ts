/** The client of a request, which may leave. */
export interface Client {
  /** Aborts when the client leaves. */
  readonly gone: AbortSignal;
  /** Has this request told of it, too. */
  watch(request: WatchedRequest): void;
}

/** A web request that knows when its client leaves. */
export interface WatchedRequest extends Request {
  /** Aborts its signal: the client has left. */
  abandon(): void;
}

let Watched: (new (url: string, method: string, client: Client) => WatchedRequest) | undefined;

/**
 * A request of this client, without headers and body. Its `signal` is made when it is first asked for: the garbage that comes with one
 * that was given to the constructor (Node 24, 2026-11: a `WeakRef`, and an entry of a `FinalizationRegistry`) takes as much time as all
 * the rest of an app's handshake.
 */
export function watchedRequest(url: string, method: string, client: Client): WatchedRequest {
  Watched ??= watchedClass();
  return new Watched(url, method, client);
}

/** Made when it is first needed: `Request` is loaded when it is first used, and that takes ten milliseconds. */
function watchedClass(): NonNullable<typeof Watched> {
  const Web = Request;
  return class Request extends Web implements WatchedRequest {
    readonly #client: Client;

    constructor(url: string, method: string, client: Client) {
      // Where there are options, each of a dozen is looked for.
      super(url, method === "GET" ? undefined : { method });
      this.#client = client;
      client.watch(this);
    }

    override get signal(): AbortSignal {
      return this.#client.gone;
    }

    /** The constructor follows what `clone` of Node does not. */
    override clone(): Request {
      return new Web(this) as Request;
    }

    /** Copies are made by the constructor, which looks at the signal that Node has for it, and listens to that. */
    abandon(): void {
      const own = super.signal;
      Object.defineProperties(own, { aborted: { value: true }, reason: { value: this.signal.reason } });
      own.dispatchEvent(new Event("abort"));
    }
  };
}
