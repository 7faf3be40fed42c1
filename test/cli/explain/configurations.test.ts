import { describe, expect, it } from "vitest";
import { configurations } from "../../proxies/blocks.ts";
import { reported } from "./reported.ts";

function explained(content: string, question: { readonly path?: string; readonly host?: string } = {}) {
  return reported([{ name: "proxy.conf", content }], question).explanations;
}

const codes = (content: string, path?: string) =>
  explained(content, path === undefined ? {} : { path }).flatMap(({ causes }) => causes.map(({ code }) => code));

const block = (language: string, mark = "") => configurations(language).find((one) => one.mark === mark)!.text;

describe("a configuration of docs/proxies.md", () => {
  it.each([["apache", "Apache"]])("that is right is said to be right: %s", (language, name) => {
    const [found, ...more] = explained(block(language));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "configuration", by: [name], sure: true, causes: [] });
    expect(found!.what).toMatch(/: the upgrade passes, and (?:a silence of 60 min is endured|silence ends nothing)\.$/);
  });

  it.each([
    ["apache", "bare", ["UPGRADE_STRIPPED"], "proxy.conf:4"],
    ["apache", "shared", ["UPGRADE_STRIPPED"], "proxy.conf:4"],
    ["apache", "host", ["ORIGIN_REJECTED", "IDLE_CUT"], "proxy.conf:3"],
  ])("that is wrong has the codes that its server gives: %s %s", (language, mark, expected, where) => {
    const [found] = explained(block(language, mark));
    expect(found!.causes.map(({ code }) => code)).toEqual(expected);
    expect(found!.causes[0]!.where).toBe(where);
  });
});

describe("a configuration of Apache", () => {
  it("is read with what it includes, and says what is not there and what is not followed", () => {
    const [found] = explained(
      '<VirtualHost *:80>\n  Include conf/upgrade.conf\n  ProxyPass / http://app/\n  <If "true">\n  </If>\n</VirtualHost>\n',
    );
    expect(found).toMatchObject({
      sure: false,
      note: expect.stringMatching(
        /^Not here, or not followed: include conf\/upgrade\.conf \(proxy\.conf:2\), if true \(proxy\.conf:4\)\./,
      ),
    });
  });

  it("that puts pages of its own in the place of refusals is said to", () => {
    const text =
      "<VirtualHost *:80>\nProxyErrorOverride On\nProxyPass / http://app/ upgrade=websocket\n</VirtualHost>\n";
    expect(explained(text)[0]!.note).toMatch(/^ProxyErrorOverride \(proxy\.conf:2\) puts pages/);
  });

  it("where one route is right tells the others beside it", () => {
    const [found, ...more] = explained(
      "ProxyPreserveHost On\nProxyPass /ws http://a/ws upgrade=websocket timeout=3600\nProxyPass /api http://b/api\n",
    );
    expect(more).toEqual([]);
    expect(found!.causes).toEqual([]);
    expect(found!.note).toMatch(/Upgrades do not pass in ProxyPass \/api http:\/\/b\/api → http:\/\/b\/api: ask/);
  });

  it("is asked about one path", () => {
    const text = "ProxyPass /ws http://a/ws upgrade=websocket\nProxyPass / http://b/\n";
    expect(codes(text, "/ws")).toEqual(["ORIGIN_REJECTED", "IDLE_CUT"]);
    expect(codes(text, "/other")).toEqual(["UPGRADE_STRIPPED"]);
  });
});
