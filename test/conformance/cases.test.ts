import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { type Case, outcome } from "./case.ts";
import { closing } from "./cases/closing.ts";
import { control } from "./cases/control.ts";
import { fragmentation } from "./cases/fragmentation.ts";
import { framing } from "./cases/framing.ts";
import { reserved } from "./cases/reserved.ts";
import { utf8 } from "./cases/utf8.ts";
import { Peer } from "./peer.ts";

const TOPICS = { framing, control, reserved, fragmentation, utf8, closing };
const DEFLATE = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };

/** How the bytes reach the server. */
const WAYS: Record<string, (peer: Peer, given: Case) => unknown> = {
  "all at once": (peer, { send }) => peer.write(...send),
  "frame by frame": async (peer, { send }) => {
    for (const bytes of send) await peer.dribble(bytes, bytes.length);
  },
  "byte by byte": async (peer, { send }) => {
    const bytes = Buffer.concat(send);
    // Of long ones the header, and the rest in pieces that fit no border.
    const single = bytes.length > 2000 ? 20 : bytes.length;
    await peer.dribble(bytes.subarray(0, single));
    await peer.dribble(bytes.subarray(single), 997);
  },
};

let host: ChildServer;

beforeAll(async () => {
  host = await startChild(process.execPath, [
    "--conditions=onesocket-source",
    `${import.meta.dirname}/../hosts/conformance.ts`,
  ]);
});

afterAll(() => host.stop());

for (const [topic, cases] of Object.entries(TOPICS)) {
  for (const [way, send] of Object.entries(WAYS)) {
    describe(`${topic}, ${way}`, () => {
      it.each(cases.map((one) => [one.name, one] as const))("%s", async (_, given) => {
        const peer = await Peer.open(host.url);
        expect(peer.extensions).toBe("");
        void send(peer, given);
        expect(await outcome(peer)).toEqual([...given.hear, "fin"]);
        peer.destroy();
      });
    });
  }

  describe(`${topic}, permessage-deflate agreed to but not used by the client`, () => {
    const left = cases.filter(({ plain }) => !plain);
    it.each(left.map((one) => [one.name, one] as const))("%s", async (_, given) => {
      const peer = await Peer.open(host.url, { headers: DEFLATE });
      expect(peer.extensions).toMatch(/^permessage-deflate/);
      peer.write(...given.send);
      expect((await outcome(peer)).map(short)).toEqual([...given.hear.map(short), "fin"]);
      peer.destroy();
    });
  });
}

/** The server compresses what is long: how long it then is says nothing. */
function short(line: string): string {
  return line.replace(/^(rsv 4 )?(\w+) of .*/, "$2, long");
}
