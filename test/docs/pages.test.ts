import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pages, ROOT } from "./pages.ts";
import { membersOf, regenerated } from "./tables.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
const NODE_ADAPTER = ["node.ts", "node-transport.ts"]
  .map((name) => readFileSync(join(ROOT, "src/adapters", name), "utf8"))
  .join("");

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
    ["permessage-deflate", /deflate/i],
    ["HTTP/2 (RFC 8441)", /http2/i],
    ["Protocol pings on Node", /\bping\b/],
    ["Draining", /\bdrain\b/],
    ["Brokers", /\bbroker/],
  ])("lists %s as missing exactly as long as the Node adapter lacks it", (feature, sign) => {
    const missing = /^## Not in this version$([\s\S]*?)^## /m.exec(README)?.[1] ?? "";
    expect(missing.includes(`- ${feature}`)).toBe(!sign.test(NODE_ADAPTER));
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
