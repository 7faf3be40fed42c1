import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYERS } from "../helpers/layers.ts";
import { ROOT } from "./pages.ts";

const PAGE = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

/** What is written between backticks. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, words = ""]) => words);
}

/** The page's text under a heading of the second level. */
function chapter(title: string): string {
  const found = PAGE.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`docs/architecture.md has no chapter ${title}`);
  return found;
}

/** The cells of each row of a chapter's tables, without the heads. */
function rows(title: string): string[][] {
  const lines = chapter(title).split("\n");
  return lines
    .filter((line, at) => line.startsWith("| ") && !lines[at + 1]?.startsWith("| ---") && !line.startsWith("| ---"))
    .map((line) => line.split("|").slice(1, -1));
}

function files(folder: string, pattern = /\.ts$/): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Folders under `src` that hold sources: all of the core's, and elsewhere those of the first two levels. */
const folders = [...new Set(files("src").map((file) => file.split("/").slice(0, -1)))]
  .map((parts) => (parts[1] === "core" ? parts : parts.slice(0, 3)).join("/"))
  .filter((folder, at, all) => folder.split("/").length > 2 && all.indexOf(folder) === at);

describe("the layers", () => {
  it.each(folders)("have a row for %s", (folder) => {
    expect(quoted(rows("The layers").join("|"))).toContain(folder);
  });

  it("stand in the order in which they may import one another", () => {
    const order = rows("The layers").map(([first = ""]) => quoted(first)[0]);
    expect(order.slice(0, LAYERS.length)).toEqual(LAYERS.map((name) => `src/core/${name}`));
  });
});

it("names only files and folders that are there", () => {
  const paths = quoted(PAGE).filter((words) => /^(src|test|bench|workers|docs)\/\S+$/.test(words));
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it("names every suite of test", () => {
  const suites = readdirSync(join(ROOT, "test"), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && files(join("test", entry.name), /\.test\.ts$/).length > 0,
  );
  expect(suites.map(({ name }) => `test/${name}`).filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});

describe("the glossary", () => {
  it.each(rows("Glossary"))("has%sas the code names it", (words, _meaning, file) => {
    const [path = ""] = quoted(file!);
    const declared = quoted(words!).filter((word) =>
      new RegExp(`^export (abstract )?(class|interface|type|const) ${word}\\b`, "m").test(textOf(path)),
    );
    expect(declared).toEqual(quoted(words!));
  });

  it("has every word once", () => {
    const words = rows("Glossary").flatMap(([first = ""]) => quoted(first));
    expect(words.length).toBeGreaterThan(30);
    expect(new Set(words).size).toBe(words.length);
  });
});

describe("the contract", () => {
  const ID = /(?<![\w#])[HMR]\d{1,2}\b/g;
  /** Each promise, and what the page says of it. */
  const promises = new Map(
    [...chapter("The contract").matchAll(/^- \*\*(\w+)\*\* ([\s\S]*?)(?=^- |^#|^$)/gm)].map(
      ([, id = "", text = ""]) => [id, text],
    ),
  );
  /** What a file's tests ask, by their names: they begin with it, and groups of tests end with it. */
  const askedIn = (file: string) =>
    [...textOf(file).matchAll(/["`](?:((?:[HMR]\d+ )+)[a-z]|[^"`\n]*\(([HMR]\d+)\)["`])/g)].flatMap(
      ([, begun = "", ended = ""]) => `${begun}${ended}`.trim().split(" "),
    );
  const asked = files("test/contract").flatMap(askedIn);

  it("has its promises numbered without a gap", () => {
    const ids = ["H", "M", "R"].flatMap((letter) => {
      const count = [...promises.keys()].filter((id) => id.startsWith(letter)).length;
      return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    });
    expect([...promises.keys()]).toEqual(ids);
    expect(ids.length).toBeGreaterThan(30);
  });

  it("defines every promise that sources and tests cite", () => {
    const cited = ["src", "test"].flatMap((folder) => files(folder)).flatMap((file) => textOf(file).match(ID) ?? []);
    expect([...new Set(cited)].filter((id) => !promises.has(id))).toEqual([]);
  });

  it.each([...promises])(
    "has a test in test/contract that asks %s, or names the one elsewhere that does",
    (id, text) => {
      const elsewhere = quoted(text).filter((words) => words.endsWith(".test.ts"));
      expect(elsewhere.length > 0 ? elsewhere.flatMap(askedIn) : asked).toContain(id);
    },
  );
});
