import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { talking } from "./talking.ts";

interface Named {
  readonly minuend: number;
  readonly subtrahend: number;
}

/** The server of the examples in JSON-RPC 2.0 §7. */
const example = defineSocket({
  name: "example",
  methods: {
    subtract: {
      handle: (_, params) => {
        const { minuend, subtrahend } = params as Named;
        return Array.isArray(params) ? params[0] - params[1] : minuend - subtrahend;
      },
    },
    sum: { handle: (_, params) => (params as number[]).reduce((sum, one) => sum + one, 0) },
    get_data: { handle: () => ["hello", 5] },
    update: { handle: () => {} },
    notify_hello: { handle: () => {} },
    notify_sum: { handle: () => {} },
  },
});

const invalid = '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}';

/** What goes to the server and what comes back, as the standard shows it. */
const EXAMPLES: readonly (readonly [title: string, sent: string, received: string])[] = [
  [
    "positional parameters",
    '{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}',
    '{"jsonrpc":"2.0","result":19,"id":1}',
  ],
  [
    "positional parameters the other way round",
    '{"jsonrpc":"2.0","method":"subtract","params":[23,42],"id":2}',
    '{"jsonrpc":"2.0","result":-19,"id":2}',
  ],
  [
    "named parameters",
    '{"jsonrpc":"2.0","method":"subtract","params":{"subtrahend":23,"minuend":42},"id":3}',
    '{"jsonrpc":"2.0","result":19,"id":3}',
  ],
  [
    "named parameters in another order",
    '{"jsonrpc":"2.0","method":"subtract","params":{"minuend":42,"subtrahend":23},"id":4}',
    '{"jsonrpc":"2.0","result":19,"id":4}',
  ],
  ["a notification", '{"jsonrpc":"2.0","method":"update","params":[1,2,3,4,5]}', ""],
  ["a notification of what there is none of", '{"jsonrpc":"2.0","method":"foobar"}', ""],
  [
    "a method that there is none of",
    '{"jsonrpc":"2.0","method":"foobar","id":"1"}',
    '{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}',
  ],
  [
    "invalid JSON",
    '{"jsonrpc":"2.0","method":"foobar,"params":"bar","baz]',
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}',
  ],
  ["an invalid request", '{"jsonrpc":"2.0","method":1,"params":"bar"}', invalid],
  [
    "a batch that is invalid JSON",
    '[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"]',
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}',
  ],
  ["an empty list", "[]", invalid],
  [
    "a batch",
    `[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},
      {"jsonrpc":"2.0","method":"notify_hello","params":[7]},
      {"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":"2"},
      {"foo":"boo"},
      {"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"},
      {"jsonrpc":"2.0","method":"get_data","id":"9"}]`,
    `[{"jsonrpc":"2.0","result":7,"id":"1"},
      {"jsonrpc":"2.0","result":19,"id":"2"},
      ${invalid},
      {"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"5"},
      {"jsonrpc":"2.0","result":["hello",5],"id":"9"}]`,
  ],
  [
    "a batch of notifications",
    '[{"jsonrpc":"2.0","method":"notify_sum","params":[1,2,4]},{"jsonrpc":"2.0","method":"notify_hello","params":[7]}]',
    "",
  ],
];

describe("JSON-RPC 2.0 §7", () => {
  it.each(EXAMPLES)("answers %s as the standard does", async (_, sent, received) => {
    expect(await talking(example).tell(sent)).toEqual(received === "" ? [] : [JSON.parse(received)]);
  });

  it.each(["[1]", "[1,2,3]"])("answers %s, which has nothing of JSON-RPC in it, once", async (sent) => {
    // The standard has an answer for each item; but what is no JSON-RPC at all is one message.
    expect(await talking(example).tell(sent)).toEqual([JSON.parse(invalid)]);
  });
});
