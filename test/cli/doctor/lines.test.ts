import { afterAll, beforeAll, expect, it } from "vitest";
import { LINES, type Need } from "../../../src/cli/doctor/lines.ts";
import { Client } from "../../helpers/client.ts";
import { freePort } from "../../helpers/foreground.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { BARE, REAL, startBare, startReal } from "../../proxies/real.ts";
import { answer, consult, type Patient, patient, wellBehaved } from "./lab.ts";

let backend: Patient;
let hosts: string[];

beforeAll(async () => {
  hosts = [];
  // A server for sockets alone, as ours is: whatever is no handshake gets 426.
  backend = await patient((socket, ask, behind) => {
    if (!ask.header("upgrade"))
      return void socket.end(answer("426 Upgrade Required", "", "onesocket-failure: UPGRADE_STRIPPED\r\n"));
    hosts.push(ask.header("host"));
    wellBehaved()(socket, ask, behind);
  });
});

afterAll(() => backend.stop());

function port(): number {
  return Number(backend.host.split(":")[1]);
}

for (const [name, real] of Object.entries(REAL)) {
  describeNeeding(real, `the lines for ${name}`, () => {
    const needs = Object.keys(LINES[name]!) as Need[];

    it.each(needs)("are loaded by it, open a socket and keep Host (%s)", async (need) => {
      const { url, stop } = await startReal(name, need, port());
      const client = await Client.connect(url);
      client.send("hello");
      expect(await client.next()).toBe("hello");
      await client.close();
      await stop();
      if (need === "host" || need === "upgrade") expect(`http://${hosts.at(-1)}`).toBe(url);
    });

    it("are not those for upgrades where the server behind it is down", async () => {
      const { url, stop } = await startReal(name, "upgrade", await freePort());
      const report = await consult(url);
      await stop();
      // Varnish ends what it pipes to nobody.
      expect(report.code).toBe(name === "Varnish" ? "CLOSED_BEFORE_RESPONSE" : "STATUS_NOT_101");
      expect(report.snippet).not.toBe(LINES[name]!.upgrade);
    });

    if (!BARE[name]) return;

    it("are given where they are missing", async () => {
      const { url, stop } = await startBare(name, port());
      const report = await consult(url);
      await stop();
      expect(report).toMatchObject({ ok: false, code: "UPGRADE_STRIPPED", hop: { name } });
      expect(report.snippet).toBe(LINES[name]!.upgrade);
    });
  });
}
