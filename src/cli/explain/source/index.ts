import type { Finding } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import { ACCEPT } from "./accept.ts";
import { CONNECTIONS } from "./clients.ts";
import { ORIGINS } from "./origins.ts";
import type { Rule } from "./rule.ts";
import { SERVERS } from "./servers.ts";

const RULES: readonly Rule[] = [...SERVERS, ...CONNECTIONS, ...ORIGINS, ...ACCEPT];

/** Of a line no more is looked at: characters. */
const MOST = 2000;

/** What a line of code has that is worth a closer look. */
const SIGN =
  /\bnew\s|\bconnect|\bConnect|\bDial|webSocketTask|create_connection|WebSocketApp|fetch\s*\(|origin|258EAFA5|-E914-/i;

/** A line of code that opens or serves a WebSocket, lists origins, or computes an Accept. */
export const source: Kind = {
  recognise({ isText, lines }, at) {
    const line = isText ? (lines[at] ?? "").slice(0, MOST) : "";
    return SIGN.test(line) && RULES.some(({ pattern }) => pattern.test(statement(lines, at))) ? at + 1 : undefined;
  },
  read({ document, from }) {
    const text = statement(document.lines, from);
    return RULES.flatMap((rule) => found(rule, text));
  },
};

/** A statement may go on in the next lines: up to where it ends, or a few. */
function statement(lines: readonly string[], at: number): string {
  const shown: string[] = [];
  for (let next = at; next < Math.min(lines.length, at + 4); next++) {
    const line = lines[next]!.slice(0, MOST);
    if (/^\s*(?:\/\/|#|\*)/.test(line)) break;
    shown.push(line);
    if (/[;{}]\s*$/.test(line) || (next > at && line.trim() === "")) break;
  }
  return shown.join("\n");
}

function found({ pattern, judge }: Rule, text: string): readonly Finding[] {
  const match = pattern.exec(text);
  const finding = match && judge(match, text);
  return finding ? [{ kind: "source", sure: true, ...finding }] : [];
}
