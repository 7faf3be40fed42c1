import type { Block, Page, Section } from "./pages.ts";

/** What runs a program. */
export type Runtime = "node" | "bun" | "deno" | "wrangler" | "onesocket" | "vite" | "vitest";

/** A section's files, with those that the page told before, and the command that starts them. */
export interface Program {
  /** For messages and folders: the page, the section's number and its title. */
  readonly name: string;
  readonly runtime: Runtime;
  /** The words of the command as the page writes it. */
  readonly command: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly tries: readonly string[];
  /** It is a test, which has passed when it has ended; others are servers. */
  readonly isTest: boolean;
}

/** The command lines of a block, one for each `&&` too. */
export function commandsOf({ text }: Block): readonly string[] {
  return text
    .split(/\n|&&/)
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

/** A TypeScript block's file: its first line is a comment that starts with the name. */
export function fileName({ language, text }: Block): string | undefined {
  if (language === "toml") return /^# (\S+\.toml)/.exec(text)?.[1];
  return /^\/\/ (\S+\.[jt]s)\b/.exec(text)?.[1];
}

/** Whether a block is a file of a program. */
export function isFile({ language, mark }: Block): boolean {
  return (language === "ts" || language === "js" || language === "toml") && mark === "";
}

/** The programs of a page: each section that has a command to start one. */
export function programsOf(page: Page): readonly Program[] {
  const known = new Map<string, string>();
  return page.sections.flatMap((section, index) => {
    for (const block of section.blocks.filter(isFile)) known.set(fileName(block) ?? "", block.text);
    return startsOf(section).map((command, which) => ({
      name: `${page.path.replace(/\W/g, "-")}-${index}-${which}-${section.title.replace(/\W+/g, "-")}`.toLowerCase(),
      runtime: runtimeOf(command)!,
      command: command.split(" "),
      files: reachable(known, command),
      tries: section.tries,
      isTest: command.endsWith(".test.ts"),
    }));
  });
}

function startsOf({ blocks }: Section): readonly string[] {
  return blocks
    .filter(({ language }) => language === "sh")
    .flatMap(commandsOf)
    .filter(runtimeOf);
}

/** The runtime that a command starts a program on; undefined for other commands. */
export function runtimeOf(command: string): Runtime | undefined {
  return /^(node|bun|deno)(?= .*\.ts$)|^npx (wrangler) dev$|^npx (vite)$|^npx (vitest) run \S+\.ts$|^npx (onesocket) dev \S+\.ts/
    .exec(command)
    ?.slice(1)
    .find((name) => name !== undefined) as Runtime | undefined;
}

/** The files that a command starts or configures, and what they import. */
function reachable(known: ReadonlyMap<string, string>, command: string): Map<string, string> {
  const found = new Map<string, string>();
  const take = (name: string) => {
    const text = known.get(name);
    if (text === undefined) throw new Error(`${name} is not a file of this page (needed by "${command}")`);
    if (found.has(name)) return;
    found.set(name, text);
    for (const [, imported] of text.matchAll(/(?:from|import|entry:|^main =) "(?:\.\/)?([^"]+\.ts)"/gm))
      take(imported!);
  };
  const configured: Partial<Record<Runtime, string>> = { wrangler: "wrangler.toml", vite: "vite.config.ts" };
  take(configured[runtimeOf(command)!] ?? command.split(" ").find((word) => word.endsWith(".ts"))!);
  return found;
}
