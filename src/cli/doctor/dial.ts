import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { reason } from "../complaint.ts";
import type { Budget } from "./budget.ts";
import { isAddress, type Target } from "./target.ts";
import { tunnel } from "./tunnel.ts";

/** Why a step towards a connection failed: Node's code, such as ECONNREFUSED or ERR_SSL_WRONG_VERSION_NUMBER, and its text. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  /** What was thrown. */
  readonly cause?: unknown;
}

/** What became of a step. */
export type Step<Result> =
  | { readonly ok: true; readonly ms: number; readonly result: Result }
  | { readonly ok: false; readonly ms: number; readonly trouble: Trouble };

/** The addresses of a host, in the resolver's order. */
export function resolve({ host }: Target, ms: number): Promise<Step<readonly string[]>> {
  return step(async () => {
    const found = await bounded(lookup(host, { all: true, order: "verbatim" }), ms);
    return found.map(({ address }) => address);
  });
}

/**
 * A TCP connection, which counts as one. With a forward proxy the address is the proxy's, and its own trouble with the
 * target is a {@link ProxyRefusal} in `cause`.
 */
export function connectTcp(
  address: string,
  target: Target,
  budget: Budget,
  ms: number,
  proxy?: Target,
): Promise<Step<Socket>> {
  budget.spend();
  const socket = connect({ host: address, port: (proxy ?? target).port });
  return step(async () => {
    const tcp = await settled(socket, "connect", budget.within(ms));
    return proxy ? through(tcp, proxy, target, budget.within(ms)) : tcp;
  });
}

async function through(tcp: Socket, proxy: Target, target: Target, ms: number): Promise<Socket> {
  const secured = proxy.tls ? await secure(tcp, proxy, ms) : undefined;
  if (secured && !secured.ok) throw Object.assign(new Error(secured.trouble.message), { code: secured.trouble.code });
  const socket = secured?.result ?? tcp;
  try {
    return await bounded(tunnel(socket, proxy, target), ms);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** TLS on a TCP connection. Whatever certificate comes is taken: see `authorizationError`. */
export function secure(
  socket: Socket,
  target: Target,
  ms: number,
  protocols: readonly string[] = ["http/1.1"],
): Promise<Step<TLSSocket>> {
  const tls = connectTls({
    socket,
    host: target.host,
    ...(!isAddress(target) && { servername: target.host }),
    ALPNProtocols: [...protocols],
    rejectUnauthorized: false,
  });
  return step(() => settled(tls, "secureConnect", ms));
}

async function step<Result>(work: () => Promise<Result>): Promise<Step<Result>> {
  const start = performance.now();
  try {
    const result = await work();
    return { ok: true, ms: performance.now() - start, result };
  } catch (error) {
    const { code = "UNKNOWN" } = error as { code?: string };
    return { ok: false, ms: performance.now() - start, trouble: { code, message: reason(error), cause: error } };
  }
}

/** Destroys what does not settle. Errors that come later belong to whoever reads the socket. */
function settled<Stream extends Socket>(stream: Stream, event: string, ms: number): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      stream.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(timeout(ms)), ms);
    stream.on("error", fail);
    stream.once("close", () => fail(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" })));
    stream.once(event, () => {
      clearTimeout(timer);
      resolve(stream);
    });
  });
}

function bounded<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout(ms)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function timeout(ms: number): Error {
  return Object.assign(new Error(`nothing came within ${Math.round(ms)} ms`), { code: "ETIMEDOUT" });
}
