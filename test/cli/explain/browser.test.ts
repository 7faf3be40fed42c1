import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { attach } from "../../../src/adapters/node/index.ts";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { defineSocket } from "../../../src/index.ts";
import { describeInBrowser, launch } from "../../helpers/browser.ts";
import { MISCHIEFS, misbehave } from "./misbehaving.ts";
import { printedForms, reported } from "./reported.ts";

const PLANTED = "pl4ntedSecret";

/** Closes with a code of its own when it is asked to. */
const echo = defineSocket({
  name: "echo",
  message: (socket, data) => (data === "bye" ? socket.close(4001, "as you wish") : void socket.send(data)),
});

/** What Chromium wrote down of a page that opens all of these sockets, one after the other. */
interface Recorded {
  readonly har: Buffer;
  readonly netlog: Buffer;
  /** The port of each mischief's server. */
  readonly ports: Readonly<Record<string, string>>;
}

async function record(): Promise<Recorded> {
  const folder = await mkdtemp(join(tmpdir(), "onesocket-browser-"));
  const { targets, stop } = await misbehave();
  const http = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>page</title>"),
  );
  attach(http, echo, { observe: () => {} });
  await once(http.listen(0, "127.0.0.1"), "listening");
  const url = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const [net, har] = [join(folder, "net.json"), join(folder, "page.har")];
  const browser = await launch(`--log-net-log=${net}`, "--net-log-capture-mode=Everything");
  const context = await browser.newContext({ recordHar: { path: har } });
  await context.addCookies([{ name: "session", value: PLANTED, url: `http://${url}` }]);
  const page = await context.newPage();
  await page.goto(`http://${url}/`);
  await page.evaluate(talk, `ws://${url}/chat?token=${PLANTED}`);
  for (const target of Object.values(targets))
    await page.evaluate(fail, { url: target.url, protocols: [...target.protocols] });
  await context.close();
  await browser.close();
  http.close();
  stop();
  const recorded = { har: await readFile(har), netlog: await readFile(net) };
  await rm(folder, { recursive: true });
  const ports = Object.entries(targets).map(([name, target]) => [name, new URL(target.url).port]);
  return { ...recorded, ports: Object.fromEntries(ports) };
}

/** Runs in the page. */
async function talk(url: string): Promise<void> {
  const socket = new WebSocket(url);
  const next = (type: string) => new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  await next("open");
  socket.send("hello");
  await next("message");
  socket.send(new Uint8Array([1, 2, 3]));
  await next("message");
  socket.send("bye");
  await next("close");
}

/** Runs in the page. */
async function fail({ url, protocols }: { url: string; protocols: string[] }): Promise<void> {
  const socket = new WebSocket(url, protocols);
  await new Promise((resolve) => socket.addEventListener("close", resolve));
}

/** Of a frame that Chromium passes over, or of an answer that it takes, its HAR has no word. */
const SILENT = Object.entries(MISCHIEFS).flatMap(([name, { silent }]) => (silent?.includes("Chrome") ? [name] : []));
const MISSED: Readonly<Record<"har" | "netlog", readonly string[]>> = {
  har: SILENT.filter((name) => MISCHIEFS[name]!.code !== "CONNECTION_LIST_WARN"),
  netlog: [],
};

describeInBrowser("what Chromium writes down", () => {
  let recorded: Recorded;

  beforeAll(async () => {
    recorded = await record();
  });

  describe.each(["har", "netlog"] as const)("in its %s", (kind) => {
    let all: readonly Explanation[];

    beforeAll(() => {
      all = reported([{ name: `page.${kind}`, content: recorded[kind] }]).explanations;
    });

    it("shows a talk that went well, and who said what", () => {
      const found = all.find(({ input }) => input.includes("/chat"))!;
      expect(found).toMatchObject({ kind, sure: true, source: `page.${kind}` });
      expect(found.steps.map(({ by, what }) => `${by} ${what}`)).toEqual(
        expect.arrayContaining([
          "server HTTP/1.1 101 Switching Protocols",
          'client text, 5 bytes: "hello"',
          'server text, 5 bytes: "hello"',
          "client binary, 3 bytes",
          'client text, 3 bytes: "bye"',
        ]),
      );
    });

    it.each(Object.entries(MISCHIEFS).map(([name, { code }]) => [name, code]))(
      "a server that %s is %s",
      (name, code) => {
        const found = all.filter(({ input }) => input.includes(`:${recorded.ports[name]}/`));
        expect(found).toHaveLength(1);
        const codes = found[0]!.causes.map((cause) => cause.code);
        if (MISSED[kind].includes(name)) expect(codes).toEqual([]);
        else
          expect(codes, JSON.stringify(found[0], null, 1)).toContain(
            code === "STATUS_NOT_101" && kind === "netlog" ? "NO_ROUTE" : code,
          );
      },
    );

    it("where nothing listens is TCP_REFUSED", () => {
      const found = all.find(({ input }) => input.includes(`:${recorded.ports["listens nowhere"]}/`));
      expect(found!.causes.map(({ code }) => code)).toEqual(["TCP_REFUSED"]);
    });

    it("has cookies and tokens, of which nothing is printed", () => {
      expect(recorded[kind].includes(PLANTED)).toBe(true);
      for (const form of printedForms([{ content: recorded[kind] }])) expect(form).not.toContain(PLANTED);
    });
  });

  it("in its NetLog tells who closed first, which a HAR does not", () => {
    const said = (kind: "har" | "netlog") => reported([{ content: recorded[kind] }]).explanations[0]!;
    expect(said("netlog").what).toMatch(/The server closed it first, with 4001 "as you wish"/);
    expect(said("har").note).toMatch(/A HAR does not tell how a connection ended/);
  });

  it("in a NetLog without bytes, or one that was cut, is read as far as it goes", () => {
    const bare = recorded.netlog.toString().replace(/"bytes":"[^"]*",?/g, "");
    const found = reported([{ content: bare }]).explanations;
    expect(found[0]!.steps.map(({ by, what }) => `${by} ${what}`)).toEqual(
      expect.arrayContaining([
        "server HTTP/1.1 101 Switching Protocols",
        "client text, 5 bytes, of which none came",
        "server FIN",
      ]),
    );
    expect(found[0]!.what).toMatch(/The server closed it first/);
    const refused = found.find(({ input }) => input.includes(`:${recorded.ports["answers 426"]}/`))!;
    expect(refused.causes.map(({ code }) => code)).toContain("UPGRADE_STRIPPED");
    const cut = recorded.netlog.subarray(0, recorded.netlog.length * 0.6);
    expect(reported([{ content: cut }]).explanations[0]!.what).toMatch(/The server closed it first, with 4001/);
  });
});

describe("a HAR of another maker", () => {
  const entry = (changes: object) => ({
    log: {
      creator: { name: "WebInspector" },
      entries: [
        {
          startedDateTime: "2026-11-21T10:00:00.000Z",
          request: { method: "GET", url: "wss://a.example/chat", httpVersion: "http/1.1", headers: [] },
          response: { status: 0, headers: [] },
          ...changes,
        },
      ],
    },
  });
  const only = (har: object) => reported([{ content: JSON.stringify(har) }]).explanations[0]!;

  it("counts seconds, and says what failed in a place of its own", () => {
    const messages = [
      { type: "send", time: 1_795_255_201.5, opcode: 1, data: "hello" },
      {
        type: "receive",
        time: 1_795_255_202,
        opcode: 8,
        data: Buffer.from([3, 0xe9, 98, 121, 101]).toString("base64"),
      },
    ];
    const found = only(entry({ _webSocketMessages: messages }));
    expect(found.steps.slice(1)).toMatchObject([
      { ms: 1500, what: 'text, 5 bytes: "hello"' },
      { ms: 2000, what: 'Close 1001 "bye"' },
    ]);
    expect(found.what).toMatch(/The server closed it first, with 1001 "bye"/);
    expect(
      only(entry({ response: { status: 0, headers: [], _error: "net::ERR_CERT_DATE_INVALID" } })).causes,
    ).toMatchObject([{ code: "CERT_INVALID" }]);
  });

  it("says of a client's binary message without bytes that it may be a Blob, which Chromium tells so", () => {
    const empty = { time: 1_795_255_201.5, opcode: 2, data: "" };
    const messages = [
      { ...empty, type: "send" },
      { ...empty, type: "receive" },
      { ...empty, type: "send", data: "AQ==" },
    ];
    const [, sent, received, bytes] = only(entry({ _webSocketMessages: messages })).steps;
    expect(sent!.what).toBe("binary, 0 bytes, or a Blob of any length, whose bytes Chromium does not tell");
    expect([received!.what, bytes!.what]).toEqual(["binary, 0 bytes", "binary, 1 byte"]);
  });

  it("with more connections than are told says how many", () => {
    const { entries } = entry({}).log;
    const { explanations } = reported([
      {
        content: JSON.stringify({
          log: {
            entries: Array.from({ length: 60 }, (_, at) => ({
              ...entries[0],
              request: { url: `wss://a.example/${at}` },
            })),
          },
        }),
      },
    ]);
    expect(explanations).toHaveLength(50);
    expect(explanations.at(-1)!.note).toMatch(/10 more connections are not told here\.$/);
  });

  it("without a WebSocket in it says so", () => {
    const { what, lines } = only({ log: { entries: [] } });
    expect({ what, lines }).toEqual({ what: "The HAR has 0 requests, and no WebSocket.", lines: null });
  });

  it.each([
    {},
    { log: { entries: [null, 5, {}] } },
    entry({ request: null, response: null, _webSocketMessages: [null, {}] }),
  ])("that is broken is no crash: %j", (har) => {
    reported([{ content: JSON.stringify(har) }]);
  });
});
