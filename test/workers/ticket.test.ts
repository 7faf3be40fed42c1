import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { connect } from "../../src/client/index.ts";
import { app } from "../../workers/app.ts";
import type { chat } from "../../workers/chat.ts";
import { BAD_NAME, NO_TICKET } from "../../workers/protocol.ts";
import { nameOn, ticketFor } from "../../workers/ticket.ts";
import { Client } from "../helpers/client.ts";

const KEY = "a key of ours";

describe("a ticket", () => {
  afterEach(() => void vi.useRealTimers());

  it("has the name that it was made for, whatever script that is in", async () => {
    const ticket = await ticketFor("Ада 会議", KEY);
    expect(ticket).toMatch(/^[\w-]+\.[\w-]+$/);
    expect(await nameOn(ticket, KEY)).toBe("Ада 会議");
  });

  it("is good for half a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ticket = await ticketFor("Ada", KEY);
    vi.setSystemTime(Date.now() + 29_000);
    expect(await nameOn(ticket, KEY)).toBe("Ada");
    vi.setSystemTime(Date.now() + 2_000);
    expect(await nameOn(ticket, KEY)).toBeUndefined();
  });

  it("is none when another key has signed it, another name is on it, or it is anything else", async () => {
    const [ada, bob] = await Promise.all([ticketFor("Ada", KEY), ticketFor("Bob", KEY)]);
    const [claim = "", signature = ""] = ada.split(".");
    const others = [await ticketFor("Ada", "another key"), `${bob.split(".")[0]}.${signature}`];
    for (const ticket of [...others, `${claim}.`, claim, "", ".", `${ada}.`, `${ada}x`, ` ${ada}`])
      expect(await nameOn(ticket, KEY)).toBeUndefined();
  });
});

describe("the demo, where tickets are needed", () => {
  let server: NodeServer;

  beforeAll(async () => {
    server = await serve(app, { port: 0, hostname: "127.0.0.1", env: { TICKET_KEY: KEY } });
  });

  afterAll(() => server?.close());

  const ask = (name: string) =>
    fetch(`${server.url.replace("ws", "http")}/ticket`, { method: "POST", body: name }).then((answer) => answer);
  const ending = async (query: string) => (await Client.connect(`${server.url}/chat/hall?${query}`)).closed;

  it("lets in whoever has one, under the name that is on it", async () => {
    const url = async () => `${server.url}/chat/hall?ticket=${await (await ask("  Ada ")).text()}`;
    using ada = connect<typeof chat>(url, { probe: false });
    const { you, people } = await new Promise<{ you: string; people: readonly { id: string; name: string }[] }>(
      (resolve) => ada.on("welcome", resolve),
    );
    expect(people.find(({ id }) => id === you)?.name).toBe("Ada");
  });

  it("refuses others so that a client comes back with a ticket, and who has no name so that it does not", async () => {
    expect(await ending("name=Ada")).toMatchObject({ code: NO_TICKET });
    expect(await ending("ticket=guessed")).toMatchObject({ code: NO_TICKET });
    expect(await ending("name=")).toMatchObject({ code: BAD_NAME });
  });

  it("gives none to who has no name", async () => {
    expect((await ask("\u0000")).status).toBe(204);
  });
});

it("the demo gives no ticket where none is needed", async () => {
  expect((await app.request("/ticket", { method: "POST", body: "Ada" }, {})).status).toBe(204);
});
