import type { MemberHost } from "../rooms/member.ts";
import type { SessionInternals } from "./internals.ts";
import type { Liveness } from "./liveness.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/** What a session needs of who serves it. */
export interface SessionHost extends MemberHost {
  /** Closes who holds too much of the process's memory; absent where the runtime does not tell what is unsent. */
  readonly budget?: MemoryBudget | undefined;
  /** Makes what finds a dead peer by pings; absent where the runtime lets us send none. */
  readonly liveness?: ((socket: SessionInternals) => Liveness) | undefined;
  /** A session begins: its socket is about to be opened. */
  joined?(session: SessionInternals): void;
  /** The session is over: its socket is gone and its handlers have ended. */
  left?(session: SessionInternals): void;
  /** Whether nobody has looked at the headers of a response that was made with these, by `headers` of its own, where the runtime can tell. */
  isUntouched?(response: Response, headers: object): boolean;
}
