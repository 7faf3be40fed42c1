import { PROTOCOL } from "../core/rpc/wire.ts";
import { type ClientFailure, clientFailure } from "./failures.ts";
import type { Asked, Settings } from "./options.ts";

/** What a URL may be given as. A relative one needs a page. */
export type Address = Asked<string | URL>;

/** Where to connect, and with which subprotocols. */
type Destination = [url: URL, protocols: string[]];

/** Asks for all that an attempt needs. Resolves with a failure where it gets nothing that one can connect with; never rejects. */
export async function destination(
  address: Address,
  { token, protocols }: Settings,
): Promise<Destination | ClientFailure> {
  try {
    const [url, names, bearer] = await Promise.all([given(address), given(protocols), given(token)]);
    const target = socketUrl(url);
    const offered = [names || (bearer ? PROTOCOL : [])].flat();
    if (bearer) offered.push(`bearer.${bearer}`);
    return target ? [target, offered] : clientFailure("BAD_URL");
  } catch (error) {
    return clientFailure("OPTION_FAILED", { error });
  }
}

/** The URL with ws: or wss:; undefined where there is no such URL. */
export function socketUrl(url: string | URL): URL | undefined {
  const target = URL.parse(url, globalThis.location?.href);
  if (target) target.protocol = target.protocol.replace("http", "ws");
  return target?.protocol.startsWith("ws") ? target : undefined;
}

function given<Value>(asked: Asked<Value>): Value | Promise<Value> {
  return typeof asked === "function" ? (asked as () => Value | Promise<Value>)() : asked;
}
