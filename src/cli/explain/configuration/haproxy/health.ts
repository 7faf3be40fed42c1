import type { Seen } from "../../explanation.ts";
import { behind } from "../paste.ts";
import { placeOf } from "../place.ts";
import { type Line, linesOf, type Section, setting } from "./parse.ts";

/** A check by a plain GET, which a server for sockets alone answers with 426: it counts as down. */
export function healthFault(backend: Section, server: Line): readonly Seen[] {
  const check = setting(backend, "option", "httpchk");
  const expects = [backend, backend.defaults].some((one) => linesOf(one, "http-check", "expect").length > 0);
  if (!check || expects || !isChecked(backend, server)) return [];
  const path = /^[A-Z]+$/.test(check.words[2] ?? "") ? check.words[3] : check.words[2];
  const sends = linesOf(backend, "http-check", "send").length > 0;
  const detail = `option httpchk asks for ${path ?? "/"} by a plain ${/^[A-Z]+$/.test(check.words[2] ?? "") ? check.words[2] : "OPTIONS"}: a server for sockets alone answers 426, counts as down, and HAProxy answers 503`;
  return [
    {
      code: "STATUS_NOT_101",
      level: path === undefined || path === "/" ? "warn" : "advice",
      where: placeOf(check),
      detail,
      fix: "Leave option httpchk out, so that check only connects, or say what the answer is.",
      snippet: behind(check, [...(sends ? [] : [SEND]), EXPECT].join("\n")),
    },
  ];
}

const SEND = "  http-check send meth GET uri / ver HTTP/1.1 hdr Host localhost";
const EXPECT = "  http-check expect status 426";

function isChecked(backend: Section, server: Line): boolean {
  const byDefault = [backend.defaults, backend].some((one) =>
    linesOf(one, "default-server").some(({ words }) => words.includes("check")),
  );
  return server.words.includes("check") || (byDefault && !server.words.includes("no-check"));
}
