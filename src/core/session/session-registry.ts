import type { Drained, DrainOptions } from "../contract/drained.ts";
import { tell } from "../contract/observer.ts";
import { type CheckedDrain, checkDrain, drain } from "./drain.ts";
import type { SessionHost } from "./host.ts";
import type { Session } from "./session.ts";

/** The sessions of a host, and how they are drained. */
export class SessionRegistry {
  readonly #host: Pick<SessionHost, "platform" | "observe">;
  /** Those too whose connection is gone, and whose hooks still run. */
  readonly sessions: Session[] = [];
  #draining: CheckedDrain | undefined;

  constructor(host: Pick<SessionHost, "platform" | "observe">) {
    this.#host = host;
  }

  /** Whether handshakes are to be refused. */
  get draining(): boolean {
    return this.#draining !== undefined;
  }

  /** Registers a session. One that was decided on before its host drained is closed as the others are. */
  add(session: Session): void {
    session.position = this.sessions.push(session);
    const draining = this.#draining;
    if (draining) this.#host.platform.after(0, () => session.dismiss(draining.code, draining.reason));
  }

  /** Forgets a session that is over. */
  remove(session: Session): void {
    const { position } = session;
    if (position === 0) return;
    const last = this.sessions.pop()!;
    if (last !== session) this.sessions[position - 1] = last;
    last.position = position;
    session.position = 0;
  }

  /** Closes all sessions. Rejects with a TypeError or RangeError for options that make no sense, and then nothing has changed. */
  async drain(options?: DrainOptions): Promise<Drained> {
    this.#draining = checkDrain(options);
    const { observe, platform } = this.#host;
    const drained = await drain([...this.sessions], platform, this.#draining);
    tell(observe, { type: "drained", definition: "", ...drained });
    return drained;
  }
}
