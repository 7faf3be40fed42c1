import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Client } from "../helpers/client.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { type ProcessRuntime, startOn } from "../helpers/runtimes.ts";

interface Host {
  readonly url: string;
  readonly logs: readonly string[];
  stop(): Promise<void>;
}

const onProcess = (runtime: ProcessRuntime) => () =>
  startOn(runtime, `${import.meta.dirname}/../hosts/contract/${runtime}.ts`);

/** An echo in an isolate, and one in Durable Objects. */
const WORKER = `
import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { durableRoom, worker } from "onesocket/cloudflare";
import { upgrade } from "onesocket/hono";

const message = (socket, data) => void socket.send(data);
const [echo, object] = ["echo", "object"].map((name) => defineSocket({ name, message }));
export class Echo extends durableRoom(object, OBJECT) {}
const app = new Hono().get("/echo/:room", (c) => upgrade(c, echo)).get("/object/:room", (c) => upgrade(c, object));
export default worker(app, { rooms: { echo: "isolate", object: "ECHO" }, ...WORKER });
`;

/** By the environment, or by the option. */
async function onWorkers(asked: "by environment" | "by option" | "not at all"): Promise<Host> {
  const option = asked === "by option" ? "{ debug: true }" : "{}";
  const entry = WORKER.replace("OBJECT", option).replace("...WORKER", `...${option}`);
  const environment = {
    compatibilityFlags: ["nodejs_compat"],
    vars: { ONESOCKET_DEBUG: "1" },
  };
  const { url, logs, dispose } = await startWorker(entry, {
    objects: { ECHO: "Echo" },
    ...(asked === "by environment" && environment),
  });
  return { url, logs, stop: dispose };
}

/** What says a secret: no part of it may be printed. */
const SECRETS = ["query-s3cret", "cookie-s3cret", "header-s3cret", "payload-s3cret", "reason-s3cret", "path-s3cret"];

/** Sends a secret by every way there is, has the message echoed, and closes. */
async function visit(url: string): Promise<void> {
  const headers = { cookie: "session=cookie-s3cret", authorization: "Bearer header-s3cret" };
  const client = await Client.connect(`${url}/path-s3cret?token=query-s3cret`, { headers });
  client.send("payload-s3cret");
  expect(await client.next()).toBe("payload-s3cret");
  client.socket.close(3001, "reason-s3cret");
  await client.closed;
}

/** The lines of the trace, without the time, when one of them has the words. */
async function traced({ logs }: Host, words: string): Promise<string[]> {
  const lines = () =>
    logs.filter((line) => /^onesocket \d\d:\d\d:\d\d\.\d{3} /.test(line)).map((line) => line.slice(23));
  await vi.waitFor(() => expect(lines().join("\n")).toContain(words), { timeout: 30_000 });
  return lines();
}

const FRAMES = ["< TEXT FIN MASK 14 B, OPEN", "> TEXT FIN 14 B, OPEN", "< CLOSE FIN MASK 15 B, OPEN"];
const MESSAGES = ["< text 14 B, OPEN", "> text 14 B, OPEN"];

/** Where it is served, what starts it, the definition, and what is said of a message, its echo and maybe a Close. */
const HOSTS: readonly (readonly [string, () => Promise<Host>, string, readonly string[]])[] = [
  ["node", onProcess("node"), "echo", FRAMES],
  ["bun", onProcess("bun"), "echo", MESSAGES],
  ["deno", onProcess("deno"), "echo", MESSAGES],
  ["workers", () => onWorkers("by environment"), "echo", MESSAGES],
  ["durable objects", () => onWorkers("by option"), "object", MESSAGES],
];

describe.each(HOSTS)("a trace on %s", (_, start, definition, lines) => {
  let host: Host;
  beforeAll(async () => {
    vi.stubEnv("ONESOCKET_DEBUG", "1");
    host = await start().finally(() => vi.unstubAllEnvs());
  });
  afterAll(() => host.stop());

  it("has a line for each frame or message and each decision, in order, and nothing secret", async () => {
    await visit(`${host.url}/${definition}`);
    const trace = await traced(host, `${definition}: closed code=3001 by=client wasClean=true`);
    const socket = trace.find((line) => line.includes("open"))!.slice(0, 8);
    expect(socket).toMatch(/^[\da-f]{8}$/);
    const own = trace.filter((line) => line.startsWith(socket)).map((line) => line.slice(9));
    expect(own.filter((line) => !/^. CLOSE|^[<>] P[IO]NG/.test(line) || lines.includes(line))).toEqual([
      expect.stringMatching(`^= ${definition}: accepted`),
      `= ${definition}: opened`,
      ...lines,
      expect.stringMatching(`^= ${definition}: closed code=3001 by=client wasClean=true ms=\\d+$`),
    ]);
    const printed = host.logs.join("\n");
    expect(SECRETS.filter((secret) => printed.includes(secret))).toEqual([]);
  });

  it("has a line for a handshake that is refused", async () => {
    const headers = { origin: "http://other.example", cookie: "session=cookie-s3cret" };
    const refused = Client.connect(`${host.url}/${definition}/path-s3cret?token=query-s3cret`, { headers });
    await expect(refused).rejects.toThrow("403");
    const trace = await traced(host, "refused");
    expect(trace.at(-1)).toBe(
      `         = ${definition}: refused route=/${definition}/:room failure=ORIGIN_REJECTED status=403`,
    );
    expect(SECRETS.filter((secret) => host.logs.join("\n").includes(secret))).toEqual([]);
  });
});

describe("without being asked for", () => {
  it("nothing is traced", async () => {
    const host = await startOn("node", `${import.meta.dirname}/../hosts/contract/node.ts`);
    await visit(`${host.url}/echo`);
    await host.stop();
    expect(host.logs.filter((line) => line.startsWith("onesocket "))).toEqual([]);
  });
});
