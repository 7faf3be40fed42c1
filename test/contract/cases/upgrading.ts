import { expect, it } from "vitest";
import { CLOSE, closePayload, frame, header, TEXT } from "../../helpers/raw.ts";
import { ANSWERS, type Arrived, NO_RESULTS, REFUSALS, SENT, UNSENDABLE } from "../../hosts/results.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

export function upgrading(suite: Suite): void {
  const may = capability(suite.runtime);
  const gated = (gate: string, then = "") => `/gated/${freshRoom()}?gate=${gate}&then=${then}`;

  it("H3 delivers a frame that came in one packet with the GET", async () => {
    const client = await suite.raw();
    client.handshake({ path: `/echo/${freshRoom()}` }, frame(TEXT, "early"));
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("early");
    client.end();
  });

  if (may("earlyFrames") === "refused") {
    it("H3 leaves to the runtime to refuse frames that arrive while upgrade waits", async () => {
      const gate = freshRoom();
      const client = await suite.raw();
      client.handshake({ path: gated(gate) });
      await suite.records(gate, 1);
      client.write(frame(TEXT, "early"));
      expect((await client.response()).status).toBe(400);
      await client.ended;
      await suite.post(`/gates/${gate}`);
    });
  } else {
    it("H3 keeps frames that arrive while upgrade runs, and delivers them after open", async () => {
      const gate = freshRoom();
      const client = await suite.raw();
      const said = (text: string) => frame(TEXT, JSON.stringify(["say", text]));
      client.handshake({ path: gated(gate) }, said("with the GET"));
      await suite.records(gate, 1);
      client.write(said("meanwhile"), said("and again"));
      await suite.post(`/gates/${gate}`);
      expect((await client.response()).status).toBe(101);
      expect(await client.text()).toBe("opened");
      expect(await client.text()).toBe('{"said":"with the GET"}');
      expect(await client.text()).toBe('{"said":"meanwhile"}');
      expect(await client.text()).toBe('{"said":"and again"}');
      client.end();
    });

    it("H3 loses nothing of a megabyte that arrives while upgrade runs", async () => {
      const gate = freshRoom();
      const client = await suite.raw();
      client.handshake({ path: gated(gate) });
      await suite.records(gate, 1);
      for (let i = 0; i < 16; i++) client.write(frame(TEXT, JSON.stringify(["say", i, "x".repeat(65_536)])));
      await suite.post(`/gates/${gate}`);
      expect((await client.response()).status).toBe(101);
      expect(await client.text()).toBe("opened");
      for (let i = 0; i < 16; i++) expect(JSON.parse(await client.text())).toEqual({ said: i });
      client.end();
    });

    it("H3 stops reading at some point while upgrade runs, where the runtime can", async () => {
      const gate = freshRoom();
      const client = await suite.raw();
      client.handshake({ path: gated(gate) });
      await suite.records(gate, 1);
      const early = frame(TEXT, "x".repeat(65_536));
      client.write(...Array.from({ length: 1024 }, () => early));
      if (may("earlyFrames") === "kept without bound") {
        await client.drained();
      } else {
        await suite.settle();
        expect(client.unsent).toBeGreaterThan(0);
      }
      client.reset();
      await suite.post(`/gates/${gate}`);
    });

    it("H3 answers a Close that arrived while upgrade ran", async () => {
      const gate = freshRoom();
      const client = await suite.raw();
      client.handshake({ path: gated(gate) });
      await suite.records(gate, 1);
      client.write(frame(CLOSE, closePayload(4001)));
      await suite.post(`/gates/${gate}`);
      expect((await client.response()).status).toBe(101);
      expect(await client.close()).toMatchObject({ code: 4001 });
      client.end();
    });
  }

  it("H3 aborts the signal of an upgrade whose client goes away, and serves the next client", async () => {
    const gate = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: gated(gate) });
    await suite.records(gate, 1);
    client.reset();
    expect(await suite.records(gate, 2)).toEqual(["begun", "aborted"]);
    await suite.post(`/gates/${gate}`);
    const next = await suite.connect(`/echo/${freshRoom()}`);
    next.send("served");
    expect(await next.next()).toBe("served");
  });

  it("H3 does not abort the signal of an upgrade that succeeds", async () => {
    const gate = freshRoom();
    const opening = suite.connect(gated(gate));
    await suite.records(gate, 1);
    await suite.post(`/gates/${gate}`);
    const client = await opening;
    expect(await client.next()).toBe("opened");
    await client.close();
    expect(await suite.records(gate, 2)).toEqual(["begun", "over"]);
  });

  for (const wait of ["at once", "after a wait"]) {
    const answer = async (then: string) => {
      if (wait === "at once") return suite.answer({ path: gated("", then) });
      const gate = freshRoom();
      const answer = suite.answer({ path: gated(gate, then) });
      await suite.records(gate, 1);
      await suite.post(`/gates/${gate}`);
      return answer;
    };

    it(`H4 sends a Response that upgrade returns ${wait} as it is`, async () => {
      const response = await answer("return");
      expect(response).toMatchObject({ status: 401, body: "sign in" });
      expect(header(response, "www-authenticate")).toBe("Basic");
    });

    it(`H4 sends a Response that upgrade throws ${wait} as it is`, async () => {
      const response = await answer("throw-response");
      expect(response).toMatchObject({ status: 418, body: "a teapot" });
      expect(header(response, "x-kind")).toBe("thrown");
    });

    it(`H4 answers 500 when upgrade throws anything else ${wait}, and tells the client nothing`, async () => {
      const response = await answer("throw");
      expect(response.status).toBe(500);
      expect(header(response, "onesocket-failure")).toBe("HANDLER_ERROR");
      expect(JSON.stringify(response)).not.toContain("xyzzy");
    });
  }

  it("H4 answers alike when an upgrade that isn't async throws", async () => {
    const failed = await suite.answer({ path: "/counted?throw" });
    expect(failed.status).toBe(500);
    expect(header(failed, "onesocket-failure")).toBe("HANDLER_ERROR");
    expect(await suite.answer({ path: "/counted?throw-response" })).toMatchObject({ status: 418, body: "a teapot" });
  });

  it("H4 tells the log what upgrade threw", async () => {
    await suite.answer({ path: gated("", "throw") });
    expect(await suite.eventually(() => suite.host.logs.some((line) => line.includes("the secret is xyzzy")))).toBe(
      true,
    );
  });

  it("H4 answers 500 to a decision that makes no sense", async () => {
    const response = await suite.answer({ path: gated("", "nonsense") });
    expect(header(response, "onesocket-failure")).toBe("UPGRADE_RESULT");
  });

  it("H11 lets what the route passed stand where upgrade returns nothing, and keeps rooms apart", async () => {
    const [room, other] = [freshRoom(), freshRoom()];
    const ann = await suite.connect(`/counted/${room}?name=ann`);
    const bob = await suite.connect(`/counted/${other}?name=bob`);
    expect(await ann.ask("me")).toMatchObject({ state: { name: "ann" }, room: { id: room, size: 1 } });
    expect(await bob.ask("me")).toMatchObject({ state: { name: "bob" }, room: { id: other, size: 1 } });
  });

  it("H11 adds the headers of upgrade to those that the route passed", async () => {
    const response = await suite.answer({ path: `/adding?room=${freshRoom()}&then=headers` });
    expect(response.status).toBe(101);
    expect([header(response, "x-route"), header(response, "x-served-by")]).toEqual(["1", "onesocket"]);
    const cookies = response.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
    expect(cookies.toSorted()).toEqual(["a=1; Path=/", "b=2; Path=/", "c=3; Path=/"]);
  });

  it("H12 refuses the second of two definitions of one name, whose hooks never run, and says so in the log", async () => {
    const room = freshRoom();
    const first = await suite.connect(`/twin/${room}?which=first`);
    expect(await first.next()).toBe("first");
    const second = await suite.answer({ path: `/twin/${room}?which=second` });
    expect([second.status, header(second, "onesocket-failure")]).toEqual([500, "NAME_TAKEN"]);
    first.send("alone");
    expect(await first.next()).toBe("first: alone");
    await suite.eventually(() => suite.host.logs.some((line) => line.includes("twin: NAME_TAKEN")));
  });

  it("H12 lets a definition that was loaded anew replace the one of its name, which is refused from then on", async () => {
    const room = freshRoom();
    const before = await suite.connect(`/reloaded/${room}`);
    const first = Number(String(await before.next()).replace("version ", ""));
    await suite.post("/reload");
    const after = await suite.connect(`/reloaded/${room}`);
    expect(await after.next()).toBe(`version ${first + 1}`);
    const late = await suite.answer({ path: `/reloaded/${room}?version=${first}` });
    expect([late.status, header(late, "onesocket-failure")]).toEqual([500, "NAME_TAKEN"]);
    // Whoever is still there stays by itself, with the hooks that it came with.
    before.send("a");
    expect(await before.next()).toBe(`version ${first}: a`);
    await suite.post(`/reloaded/${room}`, "to the room of that name");
    expect(await after.next()).toBe("to the room of that name");
    after.send("b");
    expect(await after.next()).toBe(`version ${first + 1}: b`);
    await suite.post("/reload");
    expect(await (await suite.connect(`/reloaded/${room}`)).next()).toBe(`version ${first + 2}`);
  });

  if (may("objects") === "within reach of routes") {
    it("H12 refuses a name that is mapped to the object of another definition, and what is sent there", async () => {
      const response = await suite.answer({ path: `/misled/${freshRoom()}` });
      expect([response.status, header(response, "onesocket-failure")]).toEqual([500, "ROOMS_MISMAPPED"]);
      await suite.eventually(() => suite.host.logs.some((line) => line.includes('durableRoom of "echo"')));
      const sent = await fetch(`${suite.host.url}/misled/${freshRoom()}`, { method: "POST" });
      expect(await sent.json()).toEqual(Array(3).fill(expect.stringContaining("ROOMS_MISMAPPED")));
    });
  } else {
    it("H12 has a room of its own for each name", async () => {
      const client = await suite.connect(`/misled/${freshRoom()}`);
      expect(await client.next()).toBe("misled");
    });
  }

  it("gives libraries that take a closure's own socket something to send, listen and close with", async () => {
    const client = await suite.connect("/library");
    expect(await client.next()).toBe("open 1");
    client.send("a");
    expect(await client.next()).toBe("heard a");
    client.send(new Uint8Array([1, 2]));
    expect(await client.next()).toHaveLength(3);
    client.send("close");
    expect(await client.closed).toEqual({ code: 4001, reason: "told to" });
  });

  const resulting = {
    "at once": (result: string) => `/counted?result=${encodeURIComponent(result)}`,
    later: (result: string) => `${gated("", "result")}&result=${encodeURIComponent(result)}`,
    thrown: (result: string) => `/counted?throw-result&result=${encodeURIComponent(result)}`,
  };

  it.each(Object.keys(NO_RESULTS))("H4 opens nothing for a result that is none: %s", async (result) => {
    for (const path of [resulting["at once"](result), resulting.later(result)]) {
      const response = await suite.answer({ path });
      expect([response.status, header(response, "onesocket-failure")]).toEqual([500, "UPGRADE_RESULT"]);
    }
    const thrown = await suite.answer({ path: resulting.thrown(result) });
    expect([thrown.status, header(thrown, "onesocket-failure")]).toEqual([500, "HANDLER_ERROR"]);
  });

  it.each(Object.keys(UNSENDABLE))("H4 answers 500 for an answer that cannot be sent: %s", async (result) => {
    for (const path of Object.values(resulting)) expect((await suite.answer({ path: path(result) })).status).toBe(500);
    expect((await suite.answer({ path: "/denied" })).status).toBe(401);
  });

  it("H8 opens nothing when a middleware has set a header that HTTP has no place for", async () => {
    const response = await suite.answer({ path: "/unsendable" });
    expect([response.status, header(response, "onesocket-failure")]).toEqual([500, "HANDLER_ERROR"]);
    const line = () => suite.host.logs.find((text) => text.includes('"x-after"'));
    expect(await suite.eventually(line)).toContain("control character");
  });

  it("H4 answers a handshake that an app answers with a header that HTTP has no place for", async () => {
    const response = await suite.answer({ path: "/unsendable/denied" });
    expect([401, 500]).toContain(response.status);
    const next = await suite.answer({ path: "/denied" });
    expect(next.status).toBe(401);
  });

  it("H8 sends no 101 of an app's that brings no socket", async () => {
    expect((await suite.answer({ path: "/unsendable/switching" })).status).toBe(500);
  });

  it("H4 tells the log of an answer whose body fails midway", async () => {
    const client = await suite.raw();
    client.handshake({ path: resulting["at once"]("broken off") });
    await client.response().catch(() => {});
    const line = () => suite.host.logs.find((text) => text.includes("the rest of the answer is missing"));
    expect(await suite.eventually(line)).toBeDefined();
  });

  it("H4 tells the log what upgrade returned", async () => {
    await suite.answer({ path: resulting["at once"]("map") });
    await suite.answer({ path: resulting.later("misspelt") });
    const line = (word: string) => suite.host.logs.find((text) => text.includes(word));
    expect(await suite.eventually(() => line("counted: UPGRADE_RESULT: upgrade returned a Map"))).toBeDefined();
    expect(
      await suite.eventually(() => line('gated: UPGRADE_RESULT: upgrade returned an object with "rooms"')),
    ).toBeDefined();
  });

  it.each(Object.keys(ANSWERS))("H4 sends a Response as it is, whatever its class: %s", async (result) => {
    const ways = result.includes(" of ") ? [resulting["at once"], resulting.later] : Object.values(resulting);
    for (const path of ways) {
      const response = await suite.answer({ path: path(result) });
      expect(response).toMatchObject({ status: 401, body: "who?" });
      expect([header(response, "content-type"), header(response, "x-kind")]).toEqual(["text/x-other", "other"]);
    }
  });

  const arrived = async (path: string): Promise<Arrived> => {
    const response = await suite.answer({ path });
    const { status, body, headers } = response;
    const cookies = headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
    return { status, body, type: header(response, "content-type")?.toLowerCase() ?? "", cookies };
  };

  it.each(Object.keys(SENT))("H4 sends as it is an answer that is: %s", async (sort) => {
    const { arrives } = SENT[sort]!;
    const result = encodeURIComponent(sort);
    for (const path of [resulting["at once"](sort), resulting.later(sort), resulting.thrown(sort)]) {
      expect(await arrived(path)).toMatchObject(arrives);
    }
    // Headers of a middleware come beside its own.
    const { cookies = [] } = arrives;
    const veiled = `/veiled?then=result&result=${result}`;
    expect(await arrived(veiled)).toMatchObject({
      ...arrives,
      ...(cookies.length > 0 && { cookies: ["before=1", ...cookies] }),
    });
    const response = await suite.answer({ path: veiled });
    expect([header(response, "x-before"), header(response, "x-after")]).toEqual(["1", "2"]);
  });

  it.each(Object.keys(REFUSALS))("H4 refuses with a close code by any copy of the package: %s", async (result) => {
    const ways = result.includes(" of ") ? [resulting["at once"], resulting.later] : Object.values(resulting);
    for (const path of ways) {
      const client = await suite.connect(path(result));
      expect(await client.closed).toEqual({ code: 4403, reason: "banned" });
    }
  });

  // Both at once: in an object the end of a client that never said anything comes ten seconds after the Close.
  it("H14 closes a socket with 3000 when the time of its decision is up, though nobody says anything, and leaves alone one whose neighbour's is", async () => {
    const alone = async (room: string) => {
      const client = await suite.connect(`/gated/${room}?until=700`);
      expect(await client.next()).toBe("opened");
      await suite.hibernate(room, "gated");
      expect(await client.closed).toEqual({ code: 3000, reason: "expired" });
    };
    const beside = async (room: string) => {
      const later = await suite.connect(`/gated/${room}?until=3600000`);
      const soon = await suite.connect(`/gated/${room}?until=300`);
      expect((await soon.closed).code).toBe(3000);
      expect(await later.next()).toBe("opened");
      expect(await later.ask("say", "still here")).toBeDefined();
    };
    await Promise.all([alone(freshRoom()), beside(freshRoom())]);
  });

  it("H14 opens a socket only to close it when the time of its decision is over already", async () => {
    const client = await suite.connect(`/gated/${freshRoom()}?until=-1000`);
    expect(await client.closed).toEqual({ code: 3000, reason: "expired" });
    expect(client.unread).toEqual([]);
  });

  it("H4 opens a socket that upgrade refuses with a code, and closes it with that code", async () => {
    const client = await suite.connect(gated("", "refuse"));
    expect(await client.closed).toEqual({ code: 4403, reason: "banned" });
    expect(client.unread).toEqual([]);
  });

  it("H4 answers 503 when upgrade takes too long, aborts its signal, and discards the late result", async () => {
    const gate = freshRoom();
    const response = await suite.answer({ path: `/hurried?gate=${gate}` });
    expect(response.status).toBe(503);
    expect(header(response, "onesocket-failure")).toBe("HANDSHAKE_TIMEOUT");
    expect(header(response, "retry-after")).not.toBe(null);
    expect(await suite.records(gate, 2)).toEqual(["begun", "aborted"]);
    await suite.post(`/gates/${gate}`);
    await suite.connect("/hurried");
    expect(await suite.records(gate, 2)).not.toContain("opened");
  });
}
