import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { calls } from "./cases/calls.ts";
import { clients } from "./cases/clients.ts";
import { crowds } from "./cases/crowds.ts";
import { handshake } from "./cases/handshake.ts";
import { histories } from "./cases/histories.ts";
import { hostility } from "./cases/hostility.ts";
import { messages } from "./cases/messages.ts";
import { rooms } from "./cases/rooms.ts";
import { upgrading } from "./cases/upgrading.ts";
import { type RuntimeName, type Start, Suite } from "./runtime.ts";

/** Holds one runtime to what every runtime must do alike, over real sockets. */
export function contract(runtime: RuntimeName, start: Start): void {
  describe(`the contract on ${runtime}`, () => {
    const suite = running(runtime, start);
    describe("handshake", () => handshake(suite));
    describe("upgrade", () => upgrading(suite));
    describe("limits on how many", () => crowds(suite));
    describeSockets(suite);
  });
}

/** The same for the part of it that is about sockets that are open, whose rooms hibernate. */
export function hibernation(runtime: RuntimeName, start: Start, moment: string): void {
  describe(`the contract on ${runtime}, with hibernation ${moment}`, () => {
    const suite = running(runtime, start, (failed) => (failed ? undefined : suite.expectAllAsBefore()));
    describeSockets(suite);
  });
}

function running(runtime: RuntimeName, start: Start, finish?: (failed: boolean) => Promise<void> | undefined): Suite {
  const suite = new Suite(runtime);
  beforeAll(() => suite.start(start));
  afterEach(async ({ task }) => {
    try {
      await finish?.(task.result?.state === "fail");
    } finally {
      suite.release();
    }
  });
  afterAll(() => suite.stop());
  return suite;
}

function describeSockets(suite: Suite): void {
  describe("messages", () => messages(suite));
  describe("calls", () => calls(suite));
  describe("our own client", () => clients(suite));
  describe("histories", () => histories(suite));
  describe("rooms", () => rooms(suite));
  describe("hostile clients and handlers", () => hostility(suite));
}
