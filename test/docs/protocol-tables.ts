import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUNTIMES, type RuntimeName } from "../contract/runtime.ts";
import { LIBRARIES, type Library, type LibraryName, libraryOf } from "../real/libraries/matrix.ts";
import { HANDSHAKES } from "../real/protocols/cases.ts";
import { code, table } from "./markdown.ts";
import { ROOT } from "./pages.ts";

/** Which library runs on which runtime, as tests have seen it. */
export function libraries(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const versioned = (name: string) => `${code(name)} ${devDependencies[name]}`;
  const runs = ({ cannot, needs }: Library, runtime: RuntimeName) =>
    cannot?.[runtime]
      ? `no: ${cannot[runtime].because}`
      : ["yes", ...[needs?.[runtime] ?? []].flat().map(code)].join(", with ");
  const all = (Object.keys(LIBRARIES) as LibraryName[]).map(libraryOf);
  return table(
    ["", "Packages", ...RUNTIMES],
    all.map((library) => [
      library.title,
      library.packages.map(versioned).join(", "),
      ...RUNTIMES.map((runtime) => runs(library, runtime)),
    ]),
  );
}

/** What clients of other servers offer, and what they have to be answered. */
export function handshakes(): string {
  return table(
    ["Client", "Offers", "Is answered", "Speaks first", "Messages"],
    HANDSHAKES.map(({ of, offers, chosen, talk }) => [
      of,
      offers === undefined ? "none" : code(offers),
      chosen === null ? "none" : code(chosen),
      talk[0]?.[0] === "<" ? "the server" : talk[0] ? "the client" : "nobody",
      [...new Set(talk.map(([, what]) => (typeof what === "string" ? "text" : "binary")))].join(", ") || "–",
    ]),
  );
}
