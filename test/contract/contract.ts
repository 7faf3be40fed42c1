import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { handshake } from "./cases/handshake.ts";
import { hostility } from "./cases/hostility.ts";
import { messages } from "./cases/messages.ts";
import { rooms } from "./cases/rooms.ts";
import { upgrading } from "./cases/upgrading.ts";
import { type RuntimeName, type Start, Suite } from "./runtime.ts";

/** Holds one runtime to what every runtime must do alike, over real sockets. */
export function contract(runtime: RuntimeName, start: Start, circumstances = ""): void {
  describe(`the contract on ${runtime}${circumstances}`, () => {
    const suite = new Suite(runtime);
    beforeAll(() => suite.start(start));
    afterEach(() => suite.release());
    afterAll(() => suite.stop());
    describe("handshake", () => handshake(suite));
    describe("upgrade", () => upgrading(suite));
    describe("messages", () => messages(suite));
    describe("rooms", () => rooms(suite));
    describe("hostile clients and handlers", () => hostility(suite));
  });
}
