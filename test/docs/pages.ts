import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The checkout. */
export const ROOT: string = join(import.meta.dirname, "../..");

/** A fenced code block. */
export interface Block {
  readonly language: string;
  /** What follows the language on the fence. */
  readonly mark: string;
  readonly text: string;
  readonly line: number;
}

/** What stands between two headings. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** What a client does with this section's program, one connection in each line; it holds until the page tells anew. */
  readonly tries: readonly string[];
}

/** One page of the documentation. */
export interface Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
  readonly sections: readonly Section[];
}

/** README.md, CONTRIBUTING.md and docs/*.md. */
export function pages(): readonly Page[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)].map(readPage);
}

function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path: relative(ROOT, join(ROOT, path)), text, sections: sectionsOf(text) };
}

const PART =
  /^#{1,6} (?<title>.+)$|^```(?<language>\S*) ?(?<mark>.*)\n(?<code>[\s\S]*?)^```$|^<!-- try\n(?<tries>[\s\S]*?)-->$/gm;

function sectionsOf(text: string): Section[] {
  const sections: { title: string; blocks: Block[]; tries: string[] }[] = [{ title: "", blocks: [], tries: [] }];
  for (const { groups = {}, index } of text.matchAll(PART)) {
    const section = sections.at(-1)!;
    const { title, language, mark = "", code = "", tries } = groups;
    if (title !== undefined) sections.push({ title, blocks: [], tries: section.tries });
    else if (tries !== undefined) section.tries = tries.trim().split("\n");
    else section.blocks.push({ language: language ?? "", mark, text: code, line: lineOf(text, index) });
  }
  return sections;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
