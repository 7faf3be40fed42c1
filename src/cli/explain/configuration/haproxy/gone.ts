import type { Seen } from "../../explanation.ts";
import { instead } from "../paste.ts";
import { placeOf } from "../place.ts";
import type { Line, Section } from "./parse.ts";

/** What is not taken any more: how it begins, since which version, and what stands in its place. Seen with HAProxy 2.6. */
const GONE: readonly (readonly [words: RegExp, since: string, now: string])[] = [
  [/^(?:no )?option forceclose$/, "2.0", "Leave it out: nothing has to take its place."],
  [/^(?:no )?option http-tunnel$/, "2.1", "Leave it out: an upgraded connection is a tunnel by itself."],
  [/^(?:no )?option http_proxy$/, "2.5", "Leave it out."],
  [/^(?:no )?option http-use-htx$/, "2.3", "Leave it out: it is always on."],
  [
    /^req(?:add|del|idel|rep|irep|set|iset) /,
    "2.1",
    "Write http-request add-header, del-header, set-header or replace-header.",
  ],
  [
    /^req(?:allow|iallow|deny|ideny|tarpit|itarpit) /,
    "2.1",
    "Write http-request allow, deny or tarpit with a condition.",
  ],
  [
    /^rsp(?:add|del|idel|rep|irep|deny|ideny) /,
    "2.1",
    "Write http-response add-header, del-header, replace-header or deny.",
  ],
  [/^block /, "2.1", "Write http-request deny."],
  [/^redispatch$/, "2.1", "Write option redispatch."],
  [/^(?:srvtimeout|clitimeout|contimeout) /, "2.1", "Write timeout server, timeout client or timeout connect."],
];

/** The lines with which newer versions do not start; older ones do. */
export function goneFaults(sections: readonly Section[]): readonly Seen[] {
  return sections.flatMap(({ lines }) => lines.flatMap((line) => goneFault(line) ?? []));
}

function goneFault(line: Line): Seen | undefined {
  const text = line.words.join(" ");
  const found = GONE.find(([words]) => words.test(text));
  if (!found) return undefined;
  const [, since, now] = found;
  const isLeftOut = now.startsWith("Leave it out");
  return {
    code: "CONFIG_INVALID",
    level: "warn",
    where: placeOf(line),
    detail: `HAProxy ${since} and later does not start with \`${text.slice(0, 60)}\``,
    fix: now,
    ...(isLeftOut && { snippet: instead(line, `  # ${text}`) }),
  };
}
