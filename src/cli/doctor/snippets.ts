import { isOfGateway } from "./answer.ts";
import type { Code } from "./finding.ts";
import { LINES, type Need } from "./lines.ts";
import type { Hop } from "./report.ts";

const NEEDS: Readonly<Partial<Record<Code, Need>>> = {
  UPGRADE_STRIPPED: "upgrade",
  CONNECTION_NO_UPGRADE: "upgrade",
  HTTP_1_0: "upgrade",
  NOT_A_HANDSHAKE: "upgrade",
  ORIGIN_REJECTED: "host",
  STATUS_NOT_101: "upgrade",
  NO_ROUTE: "upgrade",
  HTML_FALLBACK: "upgrade",
  CLOSED_BEFORE_RESPONSE: "upgrade",
  RESPONSE_TIMEOUT: "upgrade",
  SWITCH_THEN_FIN: "upgrade",
  HTTP_AFTER_101: "upgrade",
  HEAD_HELD: "upgrade",
  IDLE_CUT: "patience",
};

/** These are about the client, its credentials or its rate: whatever an upgrade does, they stay. */
const OTHERWISE: ReadonlySet<number> = new Set([402, 407, 408, 413, 414, 418, 421, 429, 431, 451]);

/** A gateway whose server is down passes upgrades on well: it is the server that it misses. */
function needOf(code: Code, status: number): Need | undefined {
  if (status < 500) return OTHERWISE.has(status) ? undefined : NEEDS[code];
  return isOfGateway(status) ? "backend" : undefined;
}

/**
 * Configuration for a hop that mends a failure of this kind on this path; undefined when there is none to give.
 * `status` is what the handshake was answered with, if it was.
 */
export function snippetFor(hop: Hop | undefined, code: Code, path: string, status = 0): string | undefined {
  const need = needOf(code, status);
  const snippet = hop && need && LINES[hop.name.split(",")[0]!]?.[need];
  return snippet?.replaceAll("/path", () => JSON.stringify(path.replace(/\?.*/s, "")).slice(1, -1));
}

/** The same for nginx, the usual hop, where none was seen. */
export function nginxSnippet(code: Code): string {
  const need = NEEDS[code];
  return (need && LINES.nginx?.[need]) ?? "";
}
