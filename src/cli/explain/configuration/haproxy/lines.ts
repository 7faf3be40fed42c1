import type { Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { placeOf } from "../place.ts";
import { conditionAt } from "./condition.ts";
import { type Line, type Section, setting } from "./parse.ts";

/** What a request goes by on its way. */
export interface Way {
  readonly server: Line;
  readonly backend: Section;
  /** The lines that took or changed a header, by its name in lower case. */
  readonly changes: ReadonlyMap<string, Line>;
}

/** The lines that mend what goes wrong on the way to a server. */
export function mending({ server, backend, changes }: Way): Passed["mend"] {
  return (code) => {
    if (code === "IDLE_CUT") return patienceLines(backend);
    const header = code === "ORIGIN_REJECTED" ? "host" : code === "CONNECTION_NO_UPGRADE" ? "connection" : "upgrade";
    const by = changes.get(header) ?? changes.get(KEYS.find((name) => changes.has(name)) ?? "");
    if (!by) return { where: placeOf(server) };
    const fix = "Let this line leave handshakes alone: HAProxy passes them on by itself.";
    return { where: placeOf(by), fix, snippet: instead(by, `  ${withException(by)}`) };
  };
}

const KEYS = ["sec-websocket-key", "sec-websocket-version", "upgrade", "connection"];

/** A rule that does not apply to handshakes. */
function withException({ words }: Line): string {
  const at = conditionAt(words);
  const [how, ...terms] = words.slice(at);
  const shown = words.slice(0, at).map((word) => (/[\s"'#]/.test(word) || word === "" ? JSON.stringify(word) : word));
  const isNone = "!{ req.hdr(Upgrade) -m found }";
  // Terms beside one another bind closer than `or`.
  const all = terms.join(" ").split(/ (?:or|\|\|) /);
  const condition =
    how === undefined
      ? "unless { req.hdr(Upgrade) -m found }"
      : how === "if"
        ? `if ${all.map((one) => `${one} ${isNone}`).join(" or ")}`
        : `unless ${terms.join(" ")} or { req.hdr(Upgrade) -m found }`;
  return [...shown, condition].join(" ");
}

function patienceLines(backend: Section) {
  const at = setting(backend, "timeout", "tunnel");
  const fix = "Let either side send something more often, such as a Ping every 25 s, or raise timeout tunnel.";
  const line = "  timeout tunnel 1h";
  const place = at ?? backend;
  return { where: placeOf(place), fix, snippet: at ? instead(at, line) : behind(place, line) };
}
