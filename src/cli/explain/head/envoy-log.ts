import type { Finding } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import type { Code } from "../meaning.ts";

/** Envoy's own format, and Istio's: the flags stand behind the status, details of the response behind them. */
const LINE =
  /^.{0,200}?\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "([A-Z]{3,10}) (\S{1,8000}) HTTP\/([\d.]+)" (\d{1,3}) (-|[A-Z]{2,8}(?:,[A-Z]{2,8}){0,8}) (.{0,4000})/;

/** Flags of Envoy's, with what they mean for a handshake and, where it differs, for an open socket. */
interface Flag {
  readonly what: string;
  readonly codes: readonly Code[];
  readonly open?: { readonly what: string; readonly codes: readonly Code[] };
  readonly note?: string;
}

/** Envoy's documentation, access logging, `%RESPONSE_FLAGS%`. */
const FLAGS: Readonly<Record<string, Flag>> = {
  UH: {
    what: "No server of the cluster is healthy.",
    codes: ["TCP_REFUSED"],
    note: "A health check may ask for something that a server of sockets alone does not answer.",
  },
  UF: { what: "Envoy got no connection to the server.", codes: ["TCP_REFUSED", "TCP_TIMEOUT", "TLS_FAILED"] },
  UO: {
    what: "The cluster's circuit breaker is open.",
    codes: ["OVERLOADED"],
    note: "max_connections and max_requests count open WebSockets, too.",
  },
  NR: { what: "No route of Envoy's fits.", codes: ["UNHANDLED_UPGRADE", "NO_ROUTE"] },
  NC: { what: "The route's cluster does not exist.", codes: ["UNHANDLED_UPGRADE"] },
  UT: {
    what: "The server did not answer within the route's timeout.",
    codes: ["RESPONSE_TIMEOUT"],
    open: { what: "The route's timeout ended it.", codes: ["IDLE_CUT"] },
    note: "A route's timeout, 15 s by default, is for requests: set timeout: 0s for the socket's route.",
  },
  SI: {
    what: "Nothing came for as long as the stream's idle timeout.",
    codes: ["RESPONSE_TIMEOUT", "IDLE_CUT"],
    open: {
      what: "Envoy ended it: nothing came for as long as stream_idle_timeout, 5 minutes by default.",
      codes: ["IDLE_CUT"],
    },
  },
  DT: {
    what: "It reached the longest time that a connection or a stream may last.",
    codes: ["IDLE_CUT"],
    note: "max_connection_duration or max_stream_duration: it counts however much goes over it.",
  },
  DC: {
    what: "The client went away before it had an answer.",
    codes: ["CLIENT_GONE"],
    open: { what: "The client's side ended it first.", codes: [] },
    note: "Of an open socket Envoy writes DC for a good end, too: it does not look for a Close.",
  },
  UC: {
    what: "The server ended the connection without an answer.",
    codes: ["CLOSED_BEFORE_RESPONSE"],
    open: { what: "The server's side ended it first.", codes: [] },
    note: "Of an open socket Envoy writes UC for a good end, too: it does not look for a Close.",
  },
  UPE: { what: "What the server answered is no HTTP that Envoy takes.", codes: ["NOT_HTTP"] },
  DPE: { what: "What the client sent is no HTTP that Envoy takes.", codes: ["DATA_BEFORE_HANDSHAKE"] },
  UAEX: { what: "The external authorization refused it.", codes: ["FORBIDDEN", "AUTH_REQUIRED"] },
  RL: { what: "A rate limit refused it.", codes: ["FORBIDDEN"] },
  OM: { what: "The overload manager ended it.", codes: ["OVERLOADED"] },
};

/** A line of Envoy's access log with flags, or about a WebSocket. */
export const envoyLog: Kind = {
  recognise: (document, at) => (LINE.test(document.lines[at] ?? "") ? at + 1 : undefined),
  read({ document, from }) {
    const [, method = "", path = "", version = "", status = "", flags = "", rest = ""] =
      LINE.exec(document.lines[from]!) ?? [];
    const shown = `${method} ${path} over HTTP/${version} was answered ${status}`;
    if (/\bupgrade_failed\b/.test(rest)) return [upgradeFailed(shown)];
    const known = flags.split(",").filter((flag) => Object.hasOwn(FLAGS, flag));
    return known.length > 0 ? [finding(shown, Number(status) === 101, known)] : [];
  },
};

function upgradeFailed(shown: string): Finding {
  return {
    kind: "access",
    by: ["Envoy"],
    what: `${shown}. Envoy itself refused the upgrade: it is not allowed on this route.`,
    sure: true,
    codes: [
      {
        code: "FORBIDDEN",
        detail: "upgrade_failed",
        fix: "Add upgrade_configs with upgrade_type: websocket to the HTTP connection manager, or to the route.",
      },
    ],
    note: "Envoy Gateway 1.8 answers so too while a service has no endpoint that is ready: then it is a 503 in truth, and passes.",
  };
}

function finding(shown: string, isOpen: boolean, flags: readonly string[]): Finding {
  const told = flags.map((flag) => {
    const { what, codes, open, note } = FLAGS[flag]!;
    return { note, ...(isOpen && open ? open : { what, codes }) };
  });
  return {
    kind: "access",
    by: ["Envoy"],
    what: `${shown} (${flags.join(",")}). ${told.map(({ what }) => what).join(" ")}`,
    codes: told.flatMap(({ codes }) => codes),
    note: told.flatMap(({ note }) => note ?? []).join(" ") || undefined,
  };
}
