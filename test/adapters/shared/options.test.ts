import { defineSocket } from "onesocket";
import { bun, sockets as bunSockets } from "onesocket/bun";
import { deflate } from "onesocket/deflate";
import { deno, sockets as denoSockets } from "onesocket/deno";
import { trustProxies } from "onesocket/proxies";
import { describe, expect, it } from "vitest";

const chat = defineSocket({ name: "chat" });

const HOSTS: readonly (readonly [name: string, host: (options: never) => unknown])[] = [
  ["bun", (options) => bun(chat, options)],
  ["deno", (options) => deno(chat, options)],
  ["sockets", (options) => bunSockets(options)],
  ["sockets", (options) => denoSockets(options)],
];

describe.each(HOSTS)("%s", (name, host) => {
  it.each<[object, string]>([
    [{ port: 3000 }, `${name} has no option "port": the server's options stand beside ${name}(…)`],
    [{ proxis: [] }, `${name} has no option "proxis": did you mean "proxies"?`],
    [{ proxies: ["10.0.0.0/8"] }, 'proxies is trustProxies(["10.0.0.0/8"]), imported from "onesocket/proxies"'],
    [{ limits: {} }, `${name} has no option "limits"`],
  ])("throws a TypeError for %j", (options, words) => {
    expect(() => host(options as never)).toThrow(new TypeError(words));
  });

  it("takes what it has", () => {
    expect(() => host({ env: {}, observe() {}, proxies: trustProxies([]), broker: undefined } as never)).not.toThrow();
  });
});

describe("compression on Bun, which is one setting of a server", () => {
  it("is an option of what makes the server's settings alone", () => {
    const settings = (options: object) => bun({ fetch: () => new Response() }, options).websocket.perMessageDeflate;
    expect(settings({})).toBe(false);
    expect(settings({ compression: deflate() })).toEqual({ compress: "shared", decompress: "dedicated" });
    const compression = deflate({ serverNoContextTakeover: false, clientNoContextTakeover: true });
    expect(settings({ compression })).toEqual({ compress: "dedicated", decompress: "shared" });
    expect(() => bunSockets({ compression } as never)).toThrow(new TypeError('sockets has no option "compression"'));
  });
});
