import { failure, failureResponse } from "../../core/contract/failures.ts";
import { checkObserver, type Observer, tell } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import type { Platform } from "../../core/contract/platform.ts";
import type { SessionHost } from "../../core/session/session.ts";
import {
  type Acceptance,
  type Attempt,
  type Outcome,
  type RefusedOpen,
  release,
} from "../../core/upgrade/negotiate.ts";
import { refusal } from "../../core/upgrade/refusal.ts";
import {
  type Proxies,
  parseProxies,
  peerOf,
  remoteAddress,
  type TrustedProxies,
} from "../../core/upgrade/remote-address.ts";
import type { HostOptions } from "../../core/upgrade/serve.ts";
import { HTTP1 } from "../../core/upgrade/validate.ts";
import { consoleObserver } from "./console.ts";
import { processMemory } from "./memory.ts";
import { executionContext, platform } from "./platform.ts";

const PLATFORM: Platform = { ...platform, memory: processMemory() };

/** Options of a host that sees its peers' addresses. */
export interface FetchHostOptions<Env = unknown> extends HostOptions<Env> {
  /** Your own proxies, as CIDR blocks: their `X-Forwarded-For` and `X-Forwarded-Host` are believed, or what `header` says. Default: none. */
  readonly proxies?: readonly string[] | Proxies | undefined;
}

const OPTIONS = Object.keys({ env: true, observe: true, broker: true, proxies: true } satisfies Record<
  keyof FetchHostOptions,
  true
>);

/** What all sockets of one server share, where the runtime's server takes a web `Request` and frames by itself. */
export class FetchHost implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = PLATFORM;
  readonly observe: Observer;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly #proxies: TrustedProxies;

  /** `of`: the function that they were given to. `more`: its options beside those of every such host. Throws a TypeError for others. */
  constructor(options: FetchHostOptions, of: string, more: readonly string[] = []) {
    for (const name of ["port", "hostname"]) {
      if (name in options)
        throw new TypeError(`${of} has no option "${name}": the server's options stand beside ${of}(…)`);
    }
    checkNames(options, [...OPTIONS, ...more], of);
    checkObserver(options.observe);
    this.env = options.env ?? {};
    this.observe = options.observe ?? consoleObserver;
    this.waitUntil = executionContext(this.observe).waitUntil;
    this.#proxies = parseProxies(options.proxies);
    options.broker?.(this.observe);
  }

  attempt(request: Request, peer = ""): Attempt {
    const { method, url, headers } = request;
    const proxies = this.#proxies;
    return {
      ...this,
      method,
      url,
      headers,
      profile: HTTP1,
      remoteAddress: remoteAddress(peer, headers, proxies),
      get peer() {
        return peerOf(peer, headers, proxies);
      },
      // Only when asked for: Deno 2.9.5 (2026-11) aborts a signal that was looked at on success too, with a warning.
      get gone() {
        return request.signal;
      },
      request: () => request,
    };
  }

  answer<Opened>(outcome: Outcome, open: (decided: Acceptance | RefusedOpen) => Opened): Response | Opened {
    if (outcome.kind === "answer") return outcome.response;
    if (outcome.kind === "gone") return failureResponse(failure("CLIENT_GONE"));
    try {
      return open(outcome);
    } catch (error) {
      release(outcome);
      throw error;
    }
  }

  /** Something failed that should not have: nothing is opened then, and it is told. */
  failed(error: unknown): Response {
    tell(this.observe, { type: "error", error, definition: "" });
    return failureResponse(failure("HANDLER_ERROR"));
  }

  /** The runtime would not upgrade a handshake that is valid. */
  refused(decided: Acceptance | RefusedOpen, gone: boolean, detail?: string): Response {
    release(decided);
    const reason = failure(gone ? "CLIENT_GONE" : "RUNTIME_REFUSED", detail);
    return refusal(decided.definition, this.observe, reason, new Headers());
  }
}
