import { symbolOf } from "./bytes.ts";
import { type NodeRequest, toRequest } from "./request.ts";
import type { Client } from "./watched-request.ts";

/** `getRequestListener` of `@hono/node-server`. */
type MakeListener = (app: (request: Request) => Response) => (incoming: never, outgoing: never) => unknown;

type AppRequest = new (request: NodeRequest, url: string, client: Client) => Request;

/** What stands for a request, and whose copies know how to look behind it; undefined until that is known. */
let known: { readonly Web: typeof Request; readonly AppRequest: AppRequest } | undefined;

/**
 * Learns how `@hono/node-server` (2.1.8, 2026-11) postpones the requests that it gives to an app: each is an object that becomes the web's
 * when more than its method, URL and headers is asked for, and its `Request`, which stands for the web's as soon as that is loaded,
 * copies what one has under a symbol. There is no other way to the symbol than to look at one. Where it is not found, requests
 * are made at once.
 */
export function learnRequests(makeListener: MakeListener): void {
  let seen: Request | undefined;
  const listener = makeListener((request) => {
    seen = request;
    return new Response();
  });
  // It calls the app before it waits for anything. Another version may find that this is no real response.
  (async () => listener(INCOMING as never, OUTGOING as never))().catch(() => {});
  const key = seen && symbolOf(Object.getPrototypeOf(seen), "getRequestCache");
  known = key && { Web: Request, AppRequest: classFor(key) };
}

const INCOMING = { method: "GET", url: "/", headers: { host: "localhost" }, rawHeaders: ["host", "localhost"] };
const OUTGOING = { on() {}, once() {}, writeHead() {}, write() {}, end() {} };

/**
 * A plain handshake as an app sees it. To make the web's request takes as long as all else that is done for an app's route, so it is made
 * when more than its method, URL and signal is asked for. Like all requests of its app it can be copied by `new Request`,
 * and is not taken by `fetch` as it is.
 */
export function appRequest(request: NodeRequest, url: string, client: Client | undefined): Request {
  // Another copy of what was learned from may stand there by now.
  if (!request.fields || !client || known?.Web !== globalThis.Request) return toRequest(request, url, client);
  return new known.AppRequest(request, url, client);
}

function classFor(key: symbol): AppRequest {
  const Web = Request;
  const Postponed = class Request {
    readonly #request: NodeRequest;
    readonly #url: string;
    readonly #client: Client;
    #made: InstanceType<typeof Web> | undefined;

    constructor(request: NodeRequest, url: string, client: Client) {
      this.#request = request;
      this.#url = url;
      this.#client = client;
    }

    get method(): string {
      return "GET";
    }

    get url(): string {
      return this.#url;
    }

    get signal(): AbortSignal {
      return this.#client.gone;
    }

    [key](): InstanceType<typeof Web> {
      this.#made ??= toRequest(this.#request, this.#url, this.#client);
      return this.#made;
    }
  };
  leaveTheRest(Postponed.prototype, Web.prototype, key);
  return Postponed as unknown as AppRequest;
}

type Postponed = { readonly [key: symbol]: () => Record<string, unknown> };

/** What it does not know by itself it has the request do that is made then. */
function leaveTheRest(postponed: object, web: object, key: symbol): void {
  for (let from = web; from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const [name, { get, value, enumerable = false }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (!get && typeof value !== "function") continue;
      const known = Object.hasOwn(postponed, name) ? {} : { ...left(name, key, !get), configurable: true };
      Object.defineProperty(postponed, name, { ...known, enumerable });
    }
  }
  Object.setPrototypeOf(postponed, web);
}

function left(name: string, key: symbol, isMethod: boolean): PropertyDescriptor {
  if (!isMethod)
    return {
      get(this: Postponed) {
        return this[key]!()[name];
      },
    };
  return {
    value(this: Postponed, ...args: unknown[]) {
      const made = this[key]!();
      return (made[name] as (...args: unknown[]) => unknown).apply(made, args);
    },
  };
}
