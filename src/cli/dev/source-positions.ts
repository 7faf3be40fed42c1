import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Puts positions in the sources into the place of those in a bundle that is named `file`, whose source map is at `path`. */
export function sourcePositions(path: string, file: string): (text: string) => string {
  const payload = JSON.parse(readFileSync(path, "utf8")) as SourceMapPayload;
  const map = new SourceMap(payload);
  const folder = payload.sourceRoot || dirname(path);
  const position = new RegExp(`(?:file:///)?\\b${file.replace(".", "\\.")}:(\\d+):(\\d+)`, "g");
  return (text) =>
    text.replace(position, (found, line: string, column: string) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in entry)) return found;
      return `${sourceOf(entry.originalSource, folder)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}

function sourceOf(source: string, folder: string): string {
  return source.startsWith("file:") ? fileURLToPath(source) : resolve(folder, source);
}
