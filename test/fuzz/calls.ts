import fc from "fast-check";
import { defineSocket, type SocketDefinition } from "../../src/core/contract/definition.ts";
import { RpcError } from "../../src/core/rpc/rpc-error.ts";
import { type } from "../../src/core/rpc/schema.ts";
import { PING } from "../../src/core/rpc/wire.ts";
import { session, settled } from "../helpers/core/core.ts";
import { type AnyProperty, must, type Property, same } from "./property.ts";

const definition = defineSocket({
  name: "fuzzed",
  methods: {
    echo: { handle: (_, params) => params },
    later: { params: type<unknown>(), handle: async (_, params) => params },
    beside: { concurrent: true, handle: async (_, params) => params },
    fail: { handle: () => Promise.reject(new Error("no")) },
    refuse: { handle: () => Promise.reject(new RpcError(1, "no")) },
    ["__proto__"]: { handle: () => 1 },
  },
}) as unknown as SocketDefinition;

const odd = fc.oneof(fc.jsonValue(), fc.constantFrom("2.0", "echo", "rpc.ping", "rpc.resume"));
const method = fc.constantFrom("echo", "later", "beside", "fail", "refuse", "__proto__", "none", "rpc.ping");

/** A request, or what looks like one. */
const item = fc.oneof(
  { weight: 4, arbitrary: fc.record({ jsonrpc: fc.constant("2.0"), id: fc.nat(3), method, params: fc.array(odd) }) },
  fc.record(
    { jsonrpc: fc.constant("2.0"), method, params: fc.dictionary(fc.string(), odd) },
    { requiredKeys: ["method"] },
  ),
  fc.record({ jsonrpc: odd, id: odd, method: odd, params: odd, result: odd, error: odd }, { requiredKeys: [] }),
  odd,
);

/** Texts that a client may send. Some are cut off. */
const texts = fc.array(
  fc
    .tuple(fc.oneof(item, fc.array(item, { maxLength: 5 })), fc.nat(9))
    .map(([value, cut]) => (cut === 0 ? JSON.stringify(value).slice(0, -1) : JSON.stringify(value))),
  { maxLength: 8 },
);

const answered: Property<string[]> = {
  name: "what needs an answer of JSON-RPC gets exactly one, whatever else is sent, and the socket stays open",
  inputs: texts,
  async holds(given) {
    const { session: socket, transport } = session({}, { definition });
    socket.opened();
    for (const text of given) socket.receiveMessage(text);
    await settled();
    await settled();
    must(socket.readyState === 1, "the socket was closed");
    const sent = transport.sent.map((text) => JSON.parse(String(text)));
    const answers = sent.filter(({ method }) => method !== "rpc.pong");
    same(answers.length, given.filter((text) => text !== PING && !isSilent(text)).length, "how many answers");
    for (const answer of answers.flat()) {
      same(answer.jsonrpc, "2.0", "the version");
      must(
        "id" in answer && "result" in answer !== "error" in answer,
        `either result or error: ${JSON.stringify(answer)}`,
      );
    }
  },
};

/** Whether nothing in a text is to be answered: valid notifications, and answers. */
function isSilent(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.length > 0 && value.every(isSilentItem) : isSilentItem(value);
  } catch {
    return false;
  }
}

function isSilentItem(value: unknown): boolean {
  const { jsonrpc, id, method, params, ...rest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (jsonrpc !== "2.0") return false;
  if (method === undefined) return "result" in rest || "error" in rest;
  const fits = params === undefined || (typeof params === "object" && params !== null);
  return id === undefined && typeof method === "string" && fits;
}

export const CALLS: readonly AnyProperty[] = [answered as unknown as AnyProperty];
