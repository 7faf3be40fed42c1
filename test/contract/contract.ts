import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { calls } from "./cases/calls.ts";
import { clients } from "./cases/clients.ts";
import { crowds } from "./cases/crowds.ts";
import { handshake } from "./cases/handshake.ts";
import { histories } from "./cases/histories.ts";
import { hostility } from "./cases/hostility.ts";
import { lives } from "./cases/lives.ts";
import { messages } from "./cases/messages.ts";
import { presences } from "./cases/presences.ts";
import { rooms } from "./cases/rooms.ts";
import { upgrading } from "./cases/upgrading.ts";
import { type RuntimeName, type Start, Suite } from "./runtime.ts";

/** Holds one runtime to what every runtime must do alike, over real sockets. `title`: what it is called, where a release is meant. */
export function contract(runtime: RuntimeName, start: Start, title: string = runtime): void {
  describe(`the contract on ${title}`, () => {
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

/** The same for rooms that have their sockets in several objects: all that is about open sockets, or what is about rooms. */
export function sharded(start: Start, part: "all" | "rooms"): void {
  describe(`the contract on durable, with rooms of several objects: ${part}`, () => {
    const suite = running("durable", start);
    suite.isSpread = true;
    if (part === "all") return describeSockets(suite);
    describe("histories", () => histories(suite));
    describe("rooms", () => rooms(suite));
  });
}

/** The same where there is no network, and no bytes: a kit for tests, which does what Node does. */
export function inMemory(how: string, start: Start): void {
  describe(`the contract in memory${how}`, () => {
    const suite = running("node", start, undefined, false);
    describe("limits on how many", () => crowds(suite));
    describeSockets(suite);
  });
}

function running(
  runtime: RuntimeName,
  start: Start,
  finish?: (failed: boolean) => Promise<void> | undefined,
  isWired = true,
): Suite {
  const suite = new Suite(runtime, isWired);
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
  // It connects by the platform's own WebSocket.
  if (suite.isWired) describe("our own client", () => clients(suite));
  describe("histories", () => histories(suite));
  describe("presence", () => presences(suite));
  describe("rooms", () => rooms(suite));
  // Their hooks would be those of one object, and are refused where the room is several.
  if (!suite.isSpread) describe("rooms' lives", () => lives(suite));
  describe("hostile clients and handlers", () => hostility(suite));
}
