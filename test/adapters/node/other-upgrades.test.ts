import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineSocket } from "onesocket";
import { attach } from "onesocket/node";
import { describe, expect, it } from "vitest";
import { RawClient } from "../../helpers/raw.ts";
import { otherUpgrades } from "./other-upgrades.ts";

const major = Number.parseInt(process.versions.node, 10);
const withoutCallback = `${import.meta.dirname}/../../helpers/no-upgrade-callback.ts`;

describe("upgrades to another protocol", () => otherUpgrades({ binary: () => process.execPath, major }));

// Every Node 26 can decline them.
describe.runIf(major < 26)("upgrades to another protocol, on a Node that gives them all to the listener,", () =>
  otherUpgrades({ binary: () => process.execPath, flags: [`--import=${withoutCallback}`], major }),
);

it("the server's own shouldUpgradeCallback has its say about WebSockets too", async () => {
  const server = createServer((_, response) => response.end("page"));
  Object.assign(server, { shouldUpgradeCallback: ({ url }: { url: string }) => url !== "/plain" });
  const { shouldUpgradeCallback } = server as { shouldUpgradeCallback?: unknown };
  const attached = attach(server, defineSocket({ name: "own", message: (socket, data) => void socket.send(data) }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [one, other] = [await RawClient.connect(url), await RawClient.connect(url)];
  one.handshake({ path: "/plain" });
  expect((await one.response()).body).toBe("page");
  other.handshake({ path: "/chat" });
  expect((await other.response()).status).toBe(101);
  for (const client of [one, other]) client.end();
  await attached.close();
  expect(server).toHaveProperty("shouldUpgradeCallback", shouldUpgradeCallback);
  server.close();
});
