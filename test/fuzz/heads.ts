import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { duplexPair } from "node:stream";
import fc from "fast-check";
import { PlainRequest } from "../../src/adapters/node/plain-request.ts";
import { NodeHeaders } from "../../src/adapters/node/request.ts";
import { type AnyProperty, must, type Property, same } from "./property.ts";

const LINES = ["Host: a.example", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
const MORE = [
  ...[
    "Connection: keep-alive, Upgrade",
    "Origin: http://a.example",
    "Cookie: a=b; c=d",
    "Set-Cookie: a=b",
    "Accept:",
    "X-Tab: \ta\tb \t ",
  ],
  ...["hOsT: b", "x-y: 1", "X-Y: 2", "Constructor: x", "Content-Length: 0", "TE: x", " folded", "Pragma : no"],
  ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Length: 3", "__proto__: x", "X: \xe9", "no-colon", ""],
];
const TARGETS = ["/", "/here?a=b&c=%20#x", "//a/../b", "http://a.example/", "*", '/"', "/a b"];

interface Head {
  readonly target: string;
  readonly lines: readonly string[];
  /** Where something else stands, as parts of the whole. */
  readonly changes: readonly { readonly at: number; readonly cut: number; readonly put: string }[];
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));

const heads: fc.Arbitrary<Head> = fc.record({
  target: fc.oneof(fc.constant("/here"), fc.constantFrom(...TARGETS)),
  lines: fc
    .shuffledSubarray(MORE, { maxLength: 4 })
    .chain((more) => fc.shuffledSubarray([...LINES, ...more], { minLength: LINES.length + more.length })),
  changes: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      cut: fc.nat(1),
      put: fc.oneof(fc.constant(""), byte),
    }),
    { maxLength: 2 },
  ),
});

function bytesOf({ target, lines, changes }: Head): Buffer {
  let text = `${[`GET ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;
  for (const { at, cut, put } of changes) {
    const from = Math.floor(at * text.length);
    text = text.slice(0, from) + put + text.slice(from + cut);
  }
  return Buffer.from(text, "latin1");
}

/** The upgrade that Node's own parser makes of it; undefined where it makes something else. */
function readByNode(bytes: Buffer): Promise<IncomingMessage | undefined> {
  const server = createServer({ maxHeaderSize: 65_536 });
  const [client, served] = duplexPair();
  return new Promise((resolve) => {
    server.on("upgrade", resolve).on("clientError", () => resolve(undefined));
    server.on("request", () => resolve(undefined));
    server.emit("connection", served);
    client.end(bytes);
  });
}

function compare(plain: PlainRequest, node: IncomingMessage): void {
  const { url, headers, rawHeaders } = plain;
  same({ url, headers, rawHeaders }, { url: node.url, headers: node.headers, rawHeaders: node.rawHeaders }, "a head");
  const fields = new NodeHeaders(plain);
  same([...fields].sort(), Object.entries(node.headers).sort(), "its fields");
  for (const [name, value] of Object.entries(node.headers)) {
    same(fields.get(name), value, name);
    same(fields.get(name.toUpperCase()), value, name);
    same(fields.get(`No-${name}`), null, name);
  }
}

const plainHeads: Property<Head> = {
  name: "what is read of a handshake without Node's parser is what that reads",
  inputs: heads,
  async holds(head) {
    const bytes = bytesOf(head);
    const plain = PlainRequest.read(bytes, {} as Socket);
    if (!plain) return;
    const node = await readByNode(bytes);
    must(node, "Node takes it for no upgrade");
    compare(plain, node);
  },
};

export const HEADS = [plainHeads] as unknown as readonly AnyProperty[];
