import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { attach, serve } from "onesocket/node";
import { describe, expect, it } from "vitest";
import { certificate } from "../../helpers/certificate.ts";
import { RawClient } from "../../helpers/raw.ts";

const chat = defineSocket({ name: "chat" });
const local = { port: 0, hostname: "127.0.0.1" };

/** What somebody without types may pass. */
const anything = attach as unknown as (server: unknown, target: unknown, options?: unknown) => unknown;

describe("attach", () => {
  /** As frameworks are, as far as one can see from outside. */
  const express = Object.assign(() => {}, new EventEmitter(), { listen() {}, handle() {} });
  const fastify = { server: createServer(), listen() {}, close() {}, inject() {} };
  const vite = { httpServer: createServer(), listen() {}, close() {} };
  const koa = Object.assign(new EventEmitter(), { listen() {}, callback() {} });
  const nest = { getHttpServer() {}, listen() {}, close() {} };
  const hapi = { listener: createServer(), start() {}, stop() {} };

  it.each<[string, unknown, RegExp]>([
    ["an app of Express", express, /not an app: const server = app\.listen\(3000\); attach\(server, …\)$/],
    ["Fastify's instance", fastify, /not what has one: attach\(fastify\.server, …\)$/],
    ["Vite's server", vite, /not what has one: attach\(vite\.httpServer, …\)$/],
    ["an app of Koa", koa, /not an app: const server = app\.listen\(3000\); attach\(server, …\)$/],
    ["an app of Nest", nest, /not what has one: attach\(app\.getHttpServer\(\), …\)$/],
    ["hapi's server", hapi, /not what has one: attach\(server\.listener, …\)$/],
    ["an app of Hono", new Hono(), /not an app: serve\(app, …\), or attach\(server, app\)$/],
    ["a definition", chat, /not a definition: the server comes first, attach\(server, definition\)$/],
    ["null, as Vite has it in middleware mode,", null, /not null$/],
    ["nothing", undefined, /not undefined$/],
    ["an object that has nothing", {}, /not an empty object$/],
    ["a port", 3000, /not 3000: serve\(…, \{ port: 3000 \}\)$/],
  ])("given %s for a server throws a TypeError with the line to write", (_, server, words) => {
    const call = () => anything(server, chat);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^attach takes a server of node:http, node:https or node:http2, /);
    expect(call).toThrow(words);
  });

  it.each<[string, unknown, RegExp]>([
    ["chat", TypeError, /^a path begins with a slash: "\/chat", not "chat"$/],
    ["ws://localhost/chat", TypeError, /^a path begins with a slash: "\/chat", not "ws:\/\/localhost\/chat"$/],
    ["/chat?room=1", TypeError, /^a path has no query: "\/chat", not "\/chat\?room=1"$/],
    ["/chat/:room", TypeError, /^a path is one path, not a pattern: serve an app for "\/chat\/:room"$/],
    ["/chat/*", TypeError, /^a path is one path, not a pattern: serve an app for "\/chat\/\*"$/],
    ["", TypeError, /^a path begins with a slash: "\/", not ""$/],
  ])("throws for the path %j", (path, type, words) => {
    expect(() => attach(createServer(), chat, { path })).toThrow(type as typeof TypeError);
    expect(() => attach(createServer(), chat, { path })).toThrow(words);
  });

  it("throws for a path that is no string", () => {
    expect(() => anything(createServer(), chat, { path: /chat/ })).toThrow(
      /^a path is a string such as "\/chat", not /,
    );
  });

  it("takes a path in whatever letters", async () => {
    const server = createServer();
    const attached = attach(server, chat, { path: "/é t" });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = await RawClient.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    client.handshake({ path: "/%C3%A9%20t" });
    expect((await client.response()).status).toBe(101);
    client.end();
    await attached.close();
    server.close();
  });

  it.each<[object, RegExp]>([
    [{ paths: "/chat" }, /^attach has no option "paths": did you mean "path"\?$/],
    [{ port: 3000 }, /^attach has no option "port": the server listens by itself$/],
    [{ origins: "*" }, /^attach has no option "origins": a definition has, defineSocket\({ origins: … }\)$/],
    [{ colour: "red" }, /^attach has no option "colour"$/],
  ])("throws a TypeError for %j", (options, words) => {
    expect(() => anything(createServer(), chat, options)).toThrow(words);
    expect(() => anything(createServer(), chat, options)).toThrow(TypeError);
  });

  it("throws a TypeError for options that are none", () => {
    expect(() => anything(createServer(), chat, "/chat")).toThrow(/^attach takes options, \{ … \}, not "\/chat"$/);
  });

  it("leaves a name free that it could not use", () => {
    expect(() => anything(null, chat)).toThrow();
    const again = defineSocket({ name: "chat" });
    expect(() => attach(createServer(), again)).not.toThrow();
  });
});

describe("serve", () => {
  const anyServe = serve as unknown as (target: unknown, options: unknown) => Promise<unknown>;
  const another = defineSocket({ name: "another" });

  it.each<[unknown, RegExp]>([
    [3000, /^serve takes options, \{ … \}, not 3000: serve\(…, \{ port: 3000 \}\)$/],
    [{ ...local, host: "0.0.0.0" }, /^serve has no option "host": did you mean "hostname"\?$/],
    [{ ...local, key: "" }, /^serve has no option "key": it belongs into tls: \{ key, cert \}$/],
    [{ ...local, onListen() {} }, /^serve has no option "onListen"$/],
    [{ port: Number.NaN }, /^a port is a whole number from 0 to 65535, not NaN: is what it comes from set\?$/],
    [{ ...local, reusePort: "yes" }, /^reusePort is true or false, not "yes"$/],
    [{ port: 70_000 }, /^a port is a whole number from 0 to 65535, not 70000$/],
    [{ port: "http" }, /^a port is a whole number from 0 to 65535, not "http"$/],
    [{ port: 0, hostname: "http://localhost" }, /^a hostname is a name or an address, not "http:\/\/localhost"$/],
    [{ port: 0, hostname: "localhost:3000" }, /^a hostname is a name or an address, not "localhost:3000"$/],
    [{ ...local, tls: true }, /^tls takes key and certificate, \{ key, cert \}, not true$/],
    [{ ...local, tls: {} }, /^tls takes key and certificate, \{ key, cert \}, not an empty object/],
    [{ ...local, http2: true }, /^http2 needs tls: key and certificate$/],
    [{ ...local, path: "chat" }, /^a path begins with a slash/],
  ])("rejects for %j", async (options, words) => {
    const made = anyServe(another, options);
    await expect(made).rejects.toThrow(words);
    await expect(made).rejects.toThrow(TypeError);
  });

  it("takes a port from the environment, and an address of IPv6", async () => {
    const server = (await anyServe(another, { port: "0", hostname: "::1" })) as {
      close(): Promise<void>;
      port: number;
    };
    expect(server.port).toBeGreaterThan(0);
    await server.close();
  });

  it("leaves a name free that it could not use", async () => {
    await expect(serve(another, { ...local, tls: { key: "no", cert: "no" } })).rejects.toThrow();
    await expect(serve(another, { ...local, http2: true })).rejects.toThrow();
    const again = defineSocket({ name: "another" });
    const server = await serve(again, { ...local, tls: certificate() });
    await server.close();
  });
});
