import { existsSync, readFileSync } from "node:fs";
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
    ["definition", "src/core/definition.ts", "SocketOptions"],
    ["hook", "src/core/definition.ts", "Handlers"],
    ["decision", "src/core/definition.ts", "Decision"],
    ["socket", "src/core/socket.ts", "Socket"],
    ["room", "src/core/socket.ts", "Room"],
  ])("names every member of a %s", (_, file, name) => {
    const missing = membersOf(file, name).filter((member) => !README.includes(`\`${member.name}`));
    expect(missing.map((member) => member.name)).toEqual([]);
  });

  it.each([
    ["permessage-deflate on Bun", "bun.ts", /deflate/i],
    ["HTTP/2 (RFC 8441)", "node.ts", /http2/i],
    ["Protocol pings on Node", "node-transport.ts", /\bping\b/],
    ["Draining", "node.ts", /\bdrain\b/],
    ["Brokers", "node.ts", /\bbroker/],
  ])("lists %s as missing exactly as long as %s lacks it", (feature, adapter, sign) => {
    const missing = /^## Not in this version$([\s\S]*?)^## /m.exec(README)?.[1] ?? "";
    const source = readFileSync(join(ROOT, "src/adapters", adapter), "utf8");
    expect(missing.includes(`- ${feature}`)).toBe(!sign.test(source));
  });
});

/** What headings can be linked by, as GitHub makes them. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
