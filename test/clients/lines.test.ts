import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { explainText } from "../../src/cli/explain/recognise.ts";
import type { Printed } from "../cli/explain/clients.ts";
import { MISCHIEFS, misbehave, type Target } from "../cli/explain/misbehaving.ts";
import { describeWhere } from "../helpers/needs.ts";
import { nettyClassPath, nettyJars } from "./netty.ts";

const run = promisify(execFile);

/** A client of another language, and what it does not look at, or tell: those mischiefs it takes, or ends without their name. */
interface OtherClient {
  readonly name: string;
  readonly debianPackage: string;
  readonly silent: readonly string[];
}

const SUBPROTOCOLS = ["chooses a subprotocol unasked", "chooses no subprotocol", "chooses another subprotocol"];
const FRAMES = Object.keys(MISCHIEFS).filter((name) =>
  /RSV1|masks|opcode|nothing|Ping|closes with|UTF-8|page/.test(name),
);
const LIST = "sends Connection: keep-alive, Upgrade";
const EXTENSION = "agrees to an extension unasked";

const PYTHONS: readonly OtherClient[] = [
  {
    name: "websockets",
    debianPackage: "python3-websockets",
    silent: [LIST, "chooses no subprotocol", "sends a page behind the 101"],
  },
  { name: "aiohttp", debianPackage: "python3-aiohttp", silent: ["redirects", ...SUBPROTOCOLS, EXTENSION, "masks"] },
  {
    name: "Tornado",
    debianPackage: "python3-tornado",
    silent: [
      ...Object.keys(MISCHIEFS).filter((name) => /Accept|Upgrade|Connection/.test(name)),
      ...SUBPROTOCOLS,
      EXTENSION,
      ...FRAMES,
    ],
  },
  {
    name: "websocket-client",
    debianPackage: "python3-websocket",
    silent: [
      "redirects",
      LIST,
      "chooses a subprotocol unasked",
      EXTENSION,
      "speaks SSH",
      ...FRAMES.filter((name) => /masks|nothing|long Ping|UTF-8|page/.test(name)),
    ],
  },
];

const NETTY: OtherClient = {
  name: "Netty",
  debianPackage: "libnetty-java default-jdk-headless",
  silent: [LIST, EXTENSION, "ends without an answer"],
};

let targets: Readonly<Record<string, Target>>;
let stop: () => void;

beforeAll(async () => {
  ({ targets, stop } = await misbehave());
});

afterAll(() => stop());

/** What it prints of each mischief that it tells of has to be explained with that. */
function itIsExplained({ silent }: OtherClient, ask: () => Promise<Printed>): void {
  let printed: Printed;

  beforeAll(async () => {
    printed = await ask();
  });

  const told = Object.entries(MISCHIEFS).filter(([name]) => !silent.includes(name));
  it.each(told.map(([name, { code }]) => [name, code]))("a server that %s is %s", (name, code) => {
    const lines = printed[name]!;
    const codes = lines.flatMap((line) => explainText(line).flatMap(({ causes }) => causes.map((cause) => cause.code)));
    expect(codes, lines.join("\n")).toContain(code);
  });

  it("a port where nothing listens is TCP_REFUSED", () => {
    const [line = ""] = printed["listens nowhere"]!;
    expect(explainText(line)[0]!.causes[0]!.code).toBe("TCP_REFUSED");
  });
}

async function askPython(client: string): Promise<Printed> {
  const script = join(import.meta.dirname, "asking.py");
  const { stdout } = await run("/usr/bin/python3", ["-W", "ignore", script, JSON.stringify(targets), client]);
  return (JSON.parse(stdout) as Record<string, Printed>)[client]!;
}

for (const client of PYTHONS) {
  const module = client.name.toLowerCase().replace("-client", "");
  const isThere = spawnSync("/usr/bin/python3", ["-c", `import ${module}`]).status === 0;
  const hint = `${client.name} is not installed: apt-get install ${client.debianPackage}`;
  describeWhere(isThere, hint, `what ${client.name} prints is explained`, () => {
    itIsExplained(client, () => askPython(client.name));
  });
}

const hasNetty = nettyJars().length > 0 && spawnSync("javac", ["-version"]).status === 0;

describeWhere(
  hasNetty,
  `Netty is not installed: apt-get install ${NETTY.debianPackage}`,
  "what Netty prints is explained",
  () => {
    const classes = mkdtempSync(join(tmpdir(), "onesocket-netty-"));

    afterAll(() => rmSync(classes, { recursive: true, force: true }));

    itIsExplained(NETTY, async () => {
      execFileSync("javac", ["-d", classes, "-cp", nettyClassPath(), join(import.meta.dirname, "AskNetty.java")]);
      const names = Object.keys(targets);
      const words = names.flatMap((name, at) => [`${at}`, targets[name]!.url, targets[name]!.protocols[0] ?? ""]);
      const { stdout } = await run("java", [
        "-XX:TieredStopAtLevel=1",
        "-cp",
        nettyClassPath(classes),
        "AskNetty",
        ...words,
      ]);
      const printed = Object.fromEntries(names.map((name) => [name, [] as string[]]));
      for (const line of stdout.split("\n").filter((text) => text.includes("\t"))) {
        const [number, text = ""] = line.split("\t");
        printed[names[Number(number)]!]!.push(text);
      }
      return printed;
    });
  },
);
