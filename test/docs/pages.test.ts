import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pages, ROOT } from "./pages.ts";
import { membersOf, regenerated } from "./tables.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");

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
  it.each([
    ["definition", "SocketOptions"],
    ["hook", "Handlers"],
    ["decision", "Decision"],
    ["socket", "Socket"],
    ["room", "Room"],
  ])("names every member of a %s", (_, name) => {
    const missing = membersOf(name).filter((member) => !README.includes(`\`${member.name}`));
    expect(missing.map((member) => member.name)).toEqual([]);
  });

  it.each([
    ["permessage-deflate on Deno", "deno", /deflate/i],
    ["HTTP/2 (RFC 8441)", "bun", /http2/i],
    ["Draining on Bun", "bun", /DrainOptions/],
    ["Brokers", "node", /\bbroker/],
  ])("lists %s as missing exactly as long as the adapter for %s lacks it", (feature, adapter, sign) => {
    const missing = /^## Not in this version$([\s\S]*?)^## /m.exec(README)?.[1] ?? "";
    expect(missing.includes(`- ${feature}`)).toBe(!sign.test(sourceOf(adapter)));
  });
});

/** An adapter: its folder. */
function sourceOf(adapter: string): string {
  const folder = join(ROOT, "src/adapters", adapter);
  return readdirSync(folder)
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
