import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pages, ROOT } from "./pages.ts";
import { membersOf, regenerated } from "./tables.ts";

const page = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** What a page says under a heading, up to the next one of any level. */
function under(heading: string, path: string): string {
  const [, text = ""] = page(path).split(`\n${heading}\n`);
  return text.split(/^#{1,6} /m)[0]!;
}

describe.each(pages())("$path", ({ path, text }) => {
  it("has tables that say what the code says; `npx vitest run test/docs/pages.test.ts -u` makes them anew", async () => {
    await expect(regenerated(text)).toMatchFileSnapshot(join(ROOT, path));
  });

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, file = "", anchor]) => {
      const target = file === "" ? join(ROOT, path) : join(ROOT, dirname(path), file);
      return !existsSync(target) || (anchor !== undefined && !anchors(readFileSync(target, "utf8")).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe("README.md", () => {
  it("is short, and begins with the two commands", () => {
    const text = page("README.md");
    expect(text.split("\n").length).toBeLessThan(250);
    const commands = [...text.matchAll(/^```sh\n([^#\n]+?)(?: +#.*)?\n```$/gm)].map(([, command]) => command);
    expect(commands.slice(0, 2)).toEqual(["npm ci && npm run dev", "npm ci && npm test"]);
  });
});

describe("docs/README.md", () => {
  it("links to every other page", () => {
    const linked = [...page("docs/README.md").matchAll(/\]\(([\w-]+\.md)/g)].map(([, name]) => name);
    const others = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");
    expect(others.filter((name) => !linked.includes(name))).toEqual([]);
  });
});

describe("the API in short", () => {
  const short = under("## In short", "docs/api.md");

  it.each([
    ["definition", "SocketOptions"],
    ["hook", "Handlers"],
    ["decision", "Decision"],
    ["socket", "Socket"],
    ["room", "Room"],
  ])("names every member of a %s", (_, name) => {
    const missing = membersOf(name).filter((member) => !short.includes(`\`${member.name}`));
    expect(missing.map((member) => member.name)).toEqual([]);
  });
});

describe("what is not in this version", () => {
  it.each([
    ["permessage-deflate on Deno", "deno", /deflate/i],
    ["HTTP/2 (RFC 8441)", "bun", /http2/i],
    ["Brokers", "node", /\bbroker/],
  ])("lists %s as missing exactly as long as the adapter for %s lacks it", (feature, adapter, sign) => {
    const missing = under("## Not in this version", "docs/capabilities.md");
    expect(missing.includes(`- ${feature}`)).toBe(!sign.test(sourceOf(adapter)));
  });
});

/** An adapter: its folder. */
function sourceOf(adapter: string): string {
  const folder = join(ROOT, "src/adapters", adapter);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

/** What headings can be linked by, as GitHub makes them. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
