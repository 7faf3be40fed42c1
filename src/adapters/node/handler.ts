import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { failure } from "../../core/contract/failures.ts";
import { broken, failed } from "../../core/upgrade/failed.ts";
import { isSwitching, type Outcome, release, responseOf, type Switching } from "../../core/upgrade/outcome.ts";
import type { HostArguments, Target } from "../../core/upgrade/serve.ts";
import { fetchAttempt } from "../shared/fetch-attempt.ts";
import { noteOurs } from "../shared/listeners.ts";
import { type Attached, attachedBy } from "./attached.ts";
import { Http1Opening, leaveTo } from "./http1.ts";
import { type AttachOptions, checkOptionNames, shown } from "./options.ts";
import { isWebSocket } from "./ordinary.ts";
import { othersMs } from "./others.ts";
import { joinRouting, Routing } from "./routing.ts";
import type { AnyServer } from "./server.ts";
import { Upgrader } from "./upgrader.ts";
import { vercelUpgrade } from "./vercel.ts";

export type { Drained, DrainOptions } from "../../core/contract/drained.ts";
export type { Attached } from "./attached.ts";
export type { AttachOptions } from "./options.ts";

/** What {@link handler} returns. Its functions need no `this`. */
export interface Handler extends Attached {
  /**
   * Takes what a server's `upgrade` event brings: `server.on("upgrade", sockets.upgrade)`, or call it for those that are meant.
   * Answers each of them, by a socket or by an HTTP answer. One that is not at its `path`, or that its app answers with 404, is
   * left to whoever else has heard of it: to handlers that are called in the same turn, and for five seconds to other listeners of
   * the server. What nobody takes then is answered 404, once. An upgrade to another protocol is the server's, as a plain request.
   * Throws a TypeError for anything that did not come by an `upgrade` event.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head?: Uint8Array): void;
  /**
   * Answers a web `Request`: an app's routes, or why it is no handshake. A handshake opens a socket where its platform has a
   * connection for it: in a function on Vercel, which is answered 204. Elsewhere it is a 500 `RUNTIME_REFUSED`, since on Node a
   * handshake is an `upgrade` event. Never rejects.
   */
  fetch(request: Request): Promise<Response>;
}

/**
 * Serves the WebSockets of a definition, or of an app's routes, for whoever owns the server: nothing of it is listened to or
 * changed. Where you have the server itself, `attach` does more: it reads the PROXY protocol, answers what is no HTTP, and takes
 * HTTP/2. Throws a TypeError for a target that is neither, for a name that stands for another definition in use, and for options
 * that there are none of.
 */
export function handler<Env>(target: Target<Env>, ...[options = {}]: HostArguments<AttachOptions<Env>, Env>): Handler {
  checkOptionNames(options, "handler");
  const upgrader = new Upgrader(target, options);
  const upgrade: Handler["upgrade"] = (request, socket, head = NOTHING) => take(upgrader, request, socket, head);
  noteOurs(upgrade);
  const attached = attachedBy(upgrader, () => upgrader.close());
  return { ...attached, upgrade, fetch: (request) => answer(upgrader, request) };
}

const NOTHING = new Uint8Array(0);

function take(upgrader: Upgrader, request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
  checkUpgrade(request, socket, head);
  const stream = socket as NetSocket;
  const server = serverOf(stream);
  if (server && !isWebSocket(request)) {
    leaveTo(server, request, stream, head);
    return;
  }
  if (joinRouting(stream, upgrader)) return;
  // Handlers that are called in the same turn join it, whoever calls them.
  new Routing(new Http1Opening(request, stream), [upgrader], (server && othersMs(server)) ?? 0, head).start();
}

/** Node (24.21, 2026-11) notes the server on each of its connections, and tells of it nowhere. */
function serverOf(stream: Duplex): AnyServer | undefined {
  return (stream as { server?: AnyServer }).server;
}

function checkUpgrade(request: unknown, socket: unknown, head: unknown): void {
  const { headers, method } = Object(request) as Partial<IncomingMessage>;
  const { read, write, destroy } = Object(socket) as Partial<Duplex>;
  const isStream = [read, write, destroy].every((member) => typeof member === "function");
  if (headers && method && isStream && head instanceof Uint8Array) return;
  const given = [request, socket, head].map((value) => shown(value)).join(", ");
  throw new TypeError(
    `upgrade takes what an "upgrade" event brings, (request, socket, head), not (${given}): server.on("upgrade", sockets.upgrade)`,
  );
}

async function answer(upgrader: Upgrader, request: Request): Promise<Response> {
  const { observe, proxies } = upgrader;
  let outcome: Outcome | undefined;
  try {
    outcome = await upgrader.decide({ incoming: undefined }, fetchAttempt(upgrader, request, "", proxies));
    if (!isSwitching(outcome)) return responseOf(outcome);
    if (upgrader.draining) return failed(failure("DRAINING"), observe).response;
    return open(upgrader, outcome) ?? failed(failure("RUNTIME_REFUSED", NO_CONNECTION), observe).response;
  } catch (error) {
    return broken(error, observe).response;
  } finally {
    release(outcome);
  }
}

/** Undefined where there is no connection to open it on. */
function open(upgrader: Upgrader, decided: Switching): Response | undefined {
  const upgrade = vercelUpgrade();
  if (!upgrade) return undefined;
  const { req, socket, head } = upgrade;
  socket.on("error", () => socket.destroy());
  upgrader.carryOut(decided, new Http1Opening(req, socket as NetSocket), head.length > 0 ? [head] : []);
  return new Response(null, { status: 204 });
}

const NO_CONNECTION =
  'fetch has no connection on Node to open a socket on: pass the server\'s upgrade events on, server.on("upgrade", sockets.upgrade)';
