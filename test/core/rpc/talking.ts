import type { SocketDefinition } from "../../../src/core/contract/definition.ts";
import type { Message } from "../../../src/core/contract/socket.ts";
import { session, settled } from "../../helpers/core/core.ts";

/** What a call is answered with. */
export interface Answered {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** An open socket of a definition, and how to talk to it. */
export function talking(definition: unknown, given: Parameters<typeof session>[1] = {}) {
  const made = session({}, { ...given, definition: definition as SocketDefinition });
  made.session.opened();
  const sent = () => made.transport.sent.map((text) => JSON.parse(String(text)) as Answered);
  /** Has it receive a message; what it has sent when all that is ready has happened. */
  const tell = async (message: Message | object): Promise<readonly Answered[]> => {
    const before = made.transport.sent.length;
    const raw = typeof message === "string" || message instanceof Uint8Array;
    made.session.receiveMessage(raw ? (message as Message) : JSON.stringify(message));
    await settled();
    return sent().slice(before);
  };
  let ids = 0;
  /** Has a method called by a request of its own; its answer, if there is one. */
  const call = async (method: string, params?: unknown): Promise<Answered | undefined> => {
    ids += 1;
    const [answer] = await tell({ jsonrpc: "2.0", id: ids, method, params });
    return answer;
  };
  return { ...made, sent, tell, call };
}

export const ERRORS = {
  parse: { code: -32_700, message: "Parse error" },
  invalid: { code: -32_600, message: "Invalid Request" },
  unknown: { code: -32_601, message: "Method not found" },
  params: { code: -32_602, message: "Invalid params" },
  internal: { code: -32_603, message: "Internal error" },
} as const;
