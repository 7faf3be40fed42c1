import type { Drained, DrainOptions } from "../contract/drained.ts";
import { tell } from "../contract/observer.ts";
import { type CheckedDrain, checkDrain, drain } from "./drain.ts";
import type { SessionHost } from "./host.ts";
import type { Session } from "./session.ts";

/** The sockets of a host, and how they leave. */
export class Departure {
  readonly #host: Pick<SessionHost, "platform" | "observe">;
  /** Those too whose connection is gone, and whose handlers still run. */
  readonly sessions: Session[] = [];
  #options: CheckedDrain | undefined;

  constructor(host: Pick<SessionHost, "platform" | "observe">) {
    this.#host = host;
  }

  /** It takes no more handshakes. */
  get draining(): boolean {
    return this.#options !== undefined;
  }

  /** A socket is being opened: one that was decided on before, where its host drains, which is closed as the others are. */
  joined(session: Session): void {
    session.seat = this.sessions.push(session);
    const options = this.#options;
    if (options) this.#host.platform.after(0, () => session.dismiss(options.code, options.reason));
  }

  /** It is over. */
  left(session: Session): void {
    if (session.seat === 0) return;
    const last = this.sessions.pop()!;
    if (last !== session) this.sessions[session.seat - 1] = last;
    last.seat = session.seat;
    session.seat = 0;
  }

  /** From now on handshakes are to be refused, unless it rejects for its options. */
  async drain(options?: DrainOptions): Promise<Drained> {
    this.#options = checkDrain(options);
    const { observe, platform } = this.#host;
    const drained = await drain([...this.sessions], platform, this.#options);
    tell(observe, { type: "drained", definition: "", ...drained });
    return drained;
  }
}
