import {
  BROKER_FAILURES,
  CLOUDFLARE_FAILURES,
  HANDSHAKE_FAILURES,
  HONO_FAILURES,
  HOST_FAILURES,
  LEAVING_FAILURES,
  NODE_FAILURES,
  ROUTE_FAILURES,
} from "./failure-texts.ts";

/** What no adapter of ours can see: the runtime ends it, with words that `onesocket explain` knows. */
const UNSEEN_FAILURES = {
  WEBSOCKET_DROPPED: [
    500,
    "A middleware copied the 101 without its webSocket.",
    "Return the response of upgrade itself.",
  ],
} as const;

/** Why a handshake failed, whichever adapter tells: each code's HTTP status, cause and fix. */
export const FAILURES: typeof HANDSHAKE_FAILURES &
  typeof HOST_FAILURES &
  typeof BROKER_FAILURES &
  typeof LEAVING_FAILURES &
  typeof NODE_FAILURES &
  typeof CLOUDFLARE_FAILURES &
  typeof ROUTE_FAILURES &
  typeof HONO_FAILURES &
  typeof UNSEEN_FAILURES = {
  ...HANDSHAKE_FAILURES,
  ...HOST_FAILURES,
  ...BROKER_FAILURES,
  ...LEAVING_FAILURES,
  ...NODE_FAILURES,
  ...CLOUDFLARE_FAILURES,
  ...ROUTE_FAILURES,
  ...HONO_FAILURES,
  ...UNSEEN_FAILURES,
};
