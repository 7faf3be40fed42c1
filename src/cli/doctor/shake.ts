import type { Socket } from "node:net";
import { type Reply, readReply } from "./answer.ts";
import type { Budget } from "./budget.ts";
import { connectTcp, secure, type Trouble } from "./dial.ts";
import type { DoctorOptions } from "./options.ts";
import { makeRequest, type Request, requestBytes, type Variation } from "./request.ts";
import type { Target } from "./target.ts";
import { Wire } from "./wire.ts";

/** What one handshake led to. The wire is open after a 101: whoever asked for it destroys it. */
export interface Shake {
  readonly request: Request;
  readonly reply: Reply;
  readonly wire: Wire;
}

/** How handshakes are made in one examination: to one address, within one budget. */
export class Line {
  readonly options: DoctorOptions;
  readonly budget: Budget;
  /** The one that took our TCP connection. */
  readonly address: string;

  /** The status of an answer to an experiment that says that there were too many: 429, or 503 where others were answered. */
  limited: number | undefined;
  #patienceMs = 2000;
  /** What the first handshake was answered with. */
  #status: number | undefined;

  constructor(options: DoctorOptions, budget: Budget, address: string) {
    this.options = options;
    this.budget = budget;
    this.address = address;
  }

  /** Connects and shakes hands with one thing varied. A string says why there was no connection to do it on. */
  async shake(variation: Variation = {}, ms: number = this.patience): Promise<Shake | string> {
    const socket = await this.open(variation.target ?? this.options.target, ms);
    return "code" in socket ? `no connection: ${socket.code}` : this.send(socket, variation, ms);
  }

  /** Sends a handshake on a connection, and reads its answer's head. */
  async send(socket: Socket, variation: Variation, ms: number): Promise<Shake> {
    const wire = new Wire(socket);
    const request = makeRequest(this.options, variation);
    wire.write(requestBytes(request));
    const reply = await readReply(wire, this.budget.within(ms));
    if (!opened(reply)) wire.destroy();
    this.#count(request, reply);
    return { request, reply, wire };
  }

  /** TCP, and TLS if the target's scheme asks for it; what went wrong otherwise. */
  async open(target: Target, ms: number): Promise<Socket | Trouble> {
    if (!this.budget.left)
      return { code: "BUDGET", message: "the examination has used up its connections or its time" };
    const tcp = await connectTcp(this.address, target, this.budget, ms, this.options.proxy);
    if (!tcp.ok) return tcp.trouble;
    if (!target.tls) return tcp.result;
    const tls = await secure(tcp.result, target, this.budget.within(ms));
    return tls.ok ? tls.result : tls.trouble;
  }

  /** The status by which too many handshakes are refused. A 503 that one odd handshake alone gets is no such limit. */
  async isLimited(): Promise<number | undefined> {
    if (this.limited !== 503) return this.limited;
    this.limited = undefined;
    const again = await this.shake();
    if (typeof again !== "string") again.wire.destroy();
    return this.limited;
  }

  #count({ key }: Request, reply: Reply): void {
    if (key === "" || reply.kind !== "http") return;
    const { status } = reply.answer;
    // What was so from the start is no limit that was reached.
    if ((status === 429 || status === 503) && (this.#status ?? status) !== status) this.limited = status;
    this.#status ??= status;
  }

  /** How long the first handshake took: a slow server is given more time in experiments. */
  pace(ms: number): void {
    this.#patienceMs = Math.max(this.#patienceMs, Math.min(2 * ms, 5000));
  }

  /** How many milliseconds an experiment waits. */
  get patience(): number {
    return Math.min(this.options.timeoutMs, this.#patienceMs);
  }
}

/** Whether a reply switches protocols. */
export function opened(reply: Reply): boolean {
  return reply.kind === "http" && reply.answer.status === 101;
}
