import type { Message } from "../core/contract/socket.ts";
import type { RpcRequest, RpcResponse } from "../core/rpc/wire.ts";

/** The JSON-RPC 2.0 in a message, one or a batch; undefined for a message that is none. */
export function parseRpc(data: Message): readonly (RpcRequest | RpcResponse)[] | undefined {
  // Most messages that are none are known without being parsed.
  if (typeof data !== "string" || !data.includes('"jsonrpc"')) return undefined;
  try {
    const list = [JSON.parse(data)].flat();
    return list[0] && list.every((one) => one?.jsonrpc === "2.0") ? list : undefined;
  } catch {
    return undefined;
  }
}
