import type { DeflateParams } from "../../../core/protocol/deflate/deflate-params.ts";
import { type ExtensionOffer, type ExtensionParam, parseExtensions } from "../../../core/protocol/headers.ts";
import type { Seen } from "../explanation.ts";

/** What two sides agreed to: compression, none, or why they did not. */
export type Agreement = { readonly deflate: DeflateParams | undefined } | { readonly fault: Seen };

const DEFLATE = "permessage-deflate";

/** What becomes of an offer by the server's `Sec-WebSocket-Extensions` (RFC 6455 §9.1, RFC 7692 §7.1). */
export function agreement(offered: readonly ExtensionOffer[], value: string | null): Agreement {
  const detail = `the server answers ${JSON.stringify(value)}`;
  const chosen = parseExtensions(value);
  if (!chosen) return { fault: { code: "EXTENSION_PARAMS_BAD", detail: `${detail}, which is malformed` } };
  const names = offered.map(({ name }) => name);
  const offer = names.length > 0 ? `offered were: ${names.join(", ")}` : "none was offered";
  if (chosen.some(({ name }) => !names.includes(name))) {
    return { fault: { code: "EXTENSION_UNREQUESTED", detail: `${detail}; ${offer}` } };
  }
  const [deflate, ...more] = chosen.filter(({ name }) => name === DEFLATE);
  if (!deflate) return { deflate: undefined };
  const offers = offered.filter(({ name }) => name === DEFLATE);
  const params = more.length === 0 ? offers.map((one) => agreed(one.params, deflate.params)).find(Boolean) : undefined;
  return params ? { deflate: params } : { fault: { code: "EXTENSION_PARAMS_BAD", detail } };
}

type Given = Readonly<Record<string, number | true>>;

/** What an answer to one offer means; undefined when it does not go with it. */
function agreed(offer: readonly ExtensionParam[], answer: readonly ExtensionParam[]): DeflateParams | undefined {
  const asked = given(offer);
  const told = given(answer);
  if (!asked || !told || told.client_max_window_bits === true || told.server_max_window_bits === true) return undefined;
  // §7.1.1.1 A server that accepts this includes it in its answer.
  if (asked.server_no_context_takeover && !told.server_no_context_takeover) return undefined;
  const serverBits = bits(told.server_max_window_bits);
  const clientBits = bits(told.client_max_window_bits);
  // §7.1.2.1 "the same or smaller value as the offer"; §7.1.2.2 the client's only if it said that it can.
  if (
    asked.server_max_window_bits !== undefined &&
    !(told.server_max_window_bits! <= bits(asked.server_max_window_bits))
  )
    return undefined;
  if (told.client_max_window_bits !== undefined && !(clientBits <= bits(asked.client_max_window_bits, 0)))
    return undefined;
  return {
    serverNoContextTakeover: told.server_no_context_takeover === true,
    clientNoContextTakeover: told.client_no_context_takeover === true || asked.client_no_context_takeover === true,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: clientBits,
  };
}

/** A window; `true` is the largest. */
function bits(value: number | true | undefined, absent = 15): number {
  return value === true ? 15 : (value ?? absent);
}

/** Undefined for a parameter that is unknown, comes twice, or has a wrong value. */
function given(params: readonly ExtensionParam[]): Given | undefined {
  const all: Record<string, number | true> = {};
  for (const { name, value } of params) {
    const read = name in all ? undefined : readValue(name, value);
    if (read === undefined) return undefined;
    all[name] = read;
  }
  return all;
}

function readValue(name: string, value: string | undefined): number | true | undefined {
  if (/^(?:server|client)_no_context_takeover$/.test(name)) return value === undefined ? true : undefined;
  if (!/^(?:server|client)_max_window_bits$/.test(name)) return undefined;
  if (value === undefined) return name === "client_max_window_bits" ? true : undefined;
  return /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
}
