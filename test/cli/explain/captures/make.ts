import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { reported } from "../reported.ts";
import { SCENES, type Scene } from "./scenes.ts";

/**
 * Makes the captures of this folder anew, with the tcpdump that is installed, on the loopback interface:
 * `node --conditions=onesocket-source test/cli/explain/captures/make.ts [name …]`. Needs the right to capture.
 */
const names = process.argv.slice(2);

for (const scene of SCENES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const bytes = await complete(scene);
  writeFileSync(join(import.meta.dirname, `${scene.name}.pcap`), bytes);
  console.log(scene.name, bytes.length);
}
text();

/** A busy machine's tcpdump misses packets: then once more. */
async function complete(scene: Scene): Promise<Buffer> {
  for (let tries = 0; tries < 10; tries++) {
    const bytes = await captured(scene);
    const { explanations } = reported([{ name: scene.name, content: bytes }]);
    const isWhole = explanations.every(
      ({ note, steps }) => !note?.includes("missing") && (steps[0]?.what ?? "SYN") === "SYN",
    );
    if (bytes.length > 100 && (isWhole || scene.name === "cut")) return bytes;
  }
  throw new Error(`tcpdump missed something of ${scene.name}, ten times`);
}

/** Plays a scene while tcpdump listens to its ports. */
async function captured({ play, dump = [] }: Scene): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "onesocket-capture-"));
  const file = join(folder, "made.pcap");
  // Which ports it will be is known only later: all are written down, and the others left out.
  const device = dump.includes("-i") ? [] : ["-i", "lo"];
  // It ends by itself in any case, or one that outlives this program would fill the disk.
  const bounds = ["-c", "100000"];
  const all = [...device, "-n", "-U", "-B", "8192", "-Z", "root", ...bounds, "-w", file, ...dump, "tcp"];
  const tcpdump = spawn("tcpdump", all, { stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => tcpdump.kill("SIGKILL");
  process.once("exit", kill);
  const over = once(tcpdump, "close");
  await listening(tcpdump);
  const ports = await play();
  await sleep(300);
  tcpdump.kill("SIGINT");
  await over;
  process.off("exit", kill);
  const only = ports.map((port) => `port ${port}`).join(" or ");
  const { status, stderr } = spawnSync("tcpdump", ["-r", file, "-w", `${file}.only`, only]);
  if (status !== 0) throw new Error(String(stderr));
  const bytes = readFileSync(`${file}.only`);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** Resolves once it listens, and really does. */
async function listening(tcpdump: ChildProcess): Promise<void> {
  const told = Promise.withResolvers<void>();
  let said = "";
  tcpdump.stderr!.on("data", (chunk) => {
    said += chunk;
    if (said.includes("listening on")) told.resolve();
  });
  tcpdump.once("close", () => told.reject(new Error(said)));
  await told.promise;
  await sleep(300);
}

/** The same as people paste it. */
function text(): void {
  for (const [name, option] of [
    ["switch-then-fin", "-X"],
    ["switch-then-fin", "-XX"],
    ["switch-then-fin", "-x"],
    ["switch-then-fin", "-A"],
    ["ipv6", "-X"],
    ["any", "-X"],
    ["switch-then-fin", "-v"],
    ["switch-then-fin", "-vX"],
  ] as const) {
    const { stdout } = spawnSync("tcpdump", ["-n", option, "-r", "-"], {
      env: { ...process.env, TZ: "UTC" },
      input: option.startsWith("-v") ? onPort8080(pcapOf(name)) : pcapOf(name),
    });
    writeFileSync(join(import.meta.dirname, `${name}${option}.txt`), stdout);
  }
}

function pcapOf(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, `${name}.pcap`));
}

/** The same with 8080 for the port of whoever answers first: with -v tcpdump reads HTTP on the ports of HTTP alone. */
function onPort8080(pcap: Buffer): Buffer {
  const bytes = Buffer.from(pcap);
  const ports = offsetsOfPorts(bytes);
  const port = bytes.readUInt16BE(ports[2]!);
  for (const at of ports) if (bytes.readUInt16BE(at) === port) bytes.writeUInt16BE(8080, at);
  return bytes;
}

/** Where the ports of each packet stand, in a file of Ethernet and IPv4 without options. */
function offsetsOfPorts(pcap: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 24; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) found.push(at + 50, at + 52);
  return found;
}
