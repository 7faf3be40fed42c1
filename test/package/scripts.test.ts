import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./project.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Whether a command means the same to a POSIX shell and to cmd.exe: a program and its words, as npm finds it on both. */
function isPortable(command: string): boolean {
  const withoutQuoted = command.replaceAll(/"[^"$%\\]*"/g, '""');
  return /^(node|bun|deno|npm|tsc|biome|vitest)(\s|$)/.test(command) && !/['`$%;|<>&*?^()~\\#]/.test(withoutQuoted);
}

describe("npm scripts", () => {
  it.each(Object.entries(scripts))("%s means the same to every shell: %s", (_, script) => {
    expect(script.split(" && ").filter((command) => !isPortable(command))).toEqual([]);
  });

  it.each([
    "A=b node x.ts",
    "exec node x.ts",
    "status=0; tsc",
    "for x in a b; do tsc; done",
    "tsc -p src/*/",
    "node 'x.ts'",
    "node x.ts > out",
    "node -e \"console.log('$HOME')\"",
    "rm -r dist",
  ])("would not be written so: %s", (script) => {
    expect(script.split(" && ").every(isPortable)).toBe(false);
  });
});
