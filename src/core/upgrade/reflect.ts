import { textsOf } from "../contract/failures.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { exchangeFor } from "./exchange.ts";
import { type HandshakeProfile, type HandshakeRequest, HTTP1, validateHandshake } from "./validate.ts";

/** What a handler is given: a request, or a context that holds it, as Hono's does. */
export type Reflected = Request | { readonly req: { readonly raw: Request } };

/** Headers that handshakes and hops are made of. The values of all others stay unsaid: some are secret. */
const SHOWN = /* @__PURE__ */ new Set(
  /* @__PURE__ */ `host origin upgrade connection via forwarded te content-length transfer-encoding user-agent
   sec-websocket-key sec-websocket-version sec-websocket-protocol sec-websocket-extensions
   x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port x-real-ip
   cf-connecting-ip cf-ray cf-visitor x-amzn-trace-id x-envoy-external-address`.split(/\s+/),
);

/**
 * A handler that tells what arrived of a request: the names of its headers, the values of those that handshakes and
 * hops are made of, and the validator's verdict, as JSON. Mount it where people look for what a proxy did:
 * `app.get("/reflect", reflect())`. It judges origins as same-host, and opens no socket.
 */
export function reflect(): (context: Reflected) => Response {
  return (context) => {
    const request = "req" in context ? context.req.raw : context;
    const attempt = exchangeFor(request)?.attempt;
    return Response.json(reflection(attempt ?? request, attempt?.profile ?? HTTP1), {
      headers: { "cache-control": "no-store" },
    });
  };
}

function reflection(request: HandshakeRequest, profile: HandshakeProfile): object {
  const headers = [...request.headers];
  return {
    method: request.method,
    httpVersion: request.httpVersion ?? null,
    headers: headers.map(([name]) => name),
    values: Object.fromEntries(headers.filter(([name]) => SHOWN.has(name.toLowerCase()))),
    verdict: verdict(request, profile),
  };
}

function verdict(request: HandshakeRequest, profile: HandshakeProfile): object {
  const handshake = validateHandshake(request, { limits: DEFAULT_LIMITS }, profile);
  if (!("code" in handshake)) return { ok: true, warnings: handshake.warning ? [handshake.warning.code] : [] };
  const { code } = handshake;
  const [status, cause, fix] = textsOf(code);
  return { ok: false, code, status, cause, fix };
}
