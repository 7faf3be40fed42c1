import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./pages.ts";

const PAGE = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Everything that the page has someone type, or names: code in lines, and the lines of blocks. */
const told = [
  ...[...PAGE.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, words = ""]) => words),
  ...[...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = ""]) => text.trim().split("\n")),
];

/** The npm scripts that are told, with what follows their names. */
const run = told.flatMap((words) => {
  const [, name, rest = ""] = /^npm (?:run )?([\w:]+)(.*)$/.exec(words) ?? [];
  return name === undefined || name === "ci" ? [] : [{ name, rest }];
});

it("tells of npm scripts that there are, and of all of them", () => {
  const names = [...new Set(run.map(({ name }) => name))];
  // npm runs that one by itself.
  expect(names.toSorted()).toEqual(
    Object.keys(scripts)
      .filter((name) => name !== "prepack")
      .toSorted(),
  );
});

it("tells of options that the measurements take", () => {
  const texts = readdirSync(join(ROOT, "bench"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "bench", name), "utf8"))
    .join("\n");
  const options = told.flatMap((words) =>
    /^npm run (?!onesocket)|^--(?!project)/.test(words) ? (words.match(/--[a-z]+/g) ?? []) : [],
  );
  expect(options.length).toBeGreaterThan(5);
  expect(options.filter((option) => !texts.includes(option))).toEqual([]);
});

it("names files and folders that are there", () => {
  const paths = told
    .flatMap((words) => words.split(" "))
    .filter((word) => /^(src|test|bench|workers|docs|node_modules|\.ci)\//.test(word));
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
