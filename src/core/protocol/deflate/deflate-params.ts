import type { ExtensionOffer, ExtensionParam } from "../headers.ts";
import type { CompressionSettings } from "./settings.ts";

/** The token of permessage-deflate in `Sec-WebSocket-Extensions` (RFC 7692 §7). */
const NAME = "permessage-deflate";

/** What both sides agreed to (RFC 7692 §7.1). */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15: neither side may refer further back than 2^bits bytes. */
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** An offer that the server accepts. */
export interface AcceptedDeflate {
  readonly params: DeflateParams;
  /** The value of the response's `Sec-WebSocket-Extensions`. */
  readonly response: string;
}

/** Why a client must fail the connection after the server's response (RFC 6455 §4.1, RFC 7692 §5.1). */
export type ExtensionResponseFailure = "EXTENSION_UNREQUESTED" | "EXTENSION_PARAMS_BAD";

/** The parameters of one element; a value that is not there is true. */
interface Given {
  server_no_context_takeover?: true;
  client_no_context_takeover?: true;
  server_max_window_bits?: number;
  client_max_window_bits?: number | true;
}

/**
 * The first offer of the client's that suits, in its order of preference; undefined if none does (RFC 7692 §5.1).
 * @param hasRoom whether one more context may be kept, asked where the client's messages will take one
 */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  ours: CompressionSettings,
  hasRoom: () => boolean = () => true,
): AcceptedDeflate | undefined {
  for (const { name, params } of offers) {
    const offer = name === NAME ? read(params) : undefined;
    const accepted = offer && accept(offer, ours);
    if (!accepted) continue;
    if (accepted.clientNoContextTakeover || hasRoom()) return { params: accepted, response: response(offer, accepted) };
  }
  return undefined;
}

function accept(offer: Given, ours: CompressionSettings): DeflateParams | undefined {
  const serverMaxWindowBits = Math.min(offer.server_max_window_bits ?? 15, ours.windowBits);
  // zlib deflates with at least 9, and an offer that is accepted binds the server.
  if (serverMaxWindowBits < 9) return undefined;
  return {
    serverNoContextTakeover: offer.server_no_context_takeover ?? ours.serverNoContextTakeover,
    clientNoContextTakeover: offer.client_no_context_takeover ?? ours.clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits: clientBits(offer.client_max_window_bits, ours.windowBits),
  };
}

/** §7.1.2.2 without the parameter in the offer, the response "MUST NOT include" it, and the client uses any window. */
function clientBits(offered: number | true | undefined, ours: number): number {
  if (offered === undefined) return 15;
  return offered === true ? ours : Math.min(offered, ours);
}

/**
 * Nothing that was not offered, but for what the client has to do: Tornado 6.2, Mojolicious 9.31 and Netty 4.1.48 (2026-11) take no
 * more. What the server does by itself, any client can read (§7.2.1).
 */
function response(offer: Given, agreed: DeflateParams): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = agreed;
  return element({
    ...(offer.server_no_context_takeover && { server_no_context_takeover: true }),
    ...(agreed.clientNoContextTakeover && { client_no_context_takeover: true }),
    ...(offer.server_max_window_bits !== undefined && { server_max_window_bits: serverMaxWindowBits }),
    ...(clientMaxWindowBits < 15 && { client_max_window_bits: clientMaxWindowBits }),
  });
}

/** The value of a client's `Sec-WebSocket-Extensions`: one offer. */
export function offerDeflate(ours: CompressionSettings): string {
  return element(offered(ours));
}

/** What a client with these options offers. It can always do with a smaller window of its own (RFC 7692 §7.1.2.2). */
function offered({ serverNoContextTakeover, clientNoContextTakeover, windowBits }: CompressionSettings): Given {
  return {
    ...(serverNoContextTakeover && { server_no_context_takeover: true }),
    ...(clientNoContextTakeover && { client_no_context_takeover: true }),
    ...(windowBits < 15 && { server_max_window_bits: windowBits }),
    client_max_window_bits: windowBits < 15 ? windowBits : true,
  };
}

/**
 * What a client makes of the server's response to `offerDeflate(ours)`: the agreed parameters, undefined when the server
 * declined, or why the connection must be failed.
 * @param ours undefined when nothing was offered
 */
export function checkDeflate(
  elements: readonly ExtensionOffer[],
  ours: CompressionSettings | undefined,
): DeflateParams | ExtensionResponseFailure | undefined {
  const [first, ...more] = elements;
  if (first === undefined) return undefined;
  if (ours === undefined || elements.some(({ name }) => name !== NAME)) return "EXTENSION_UNREQUESTED";
  const answer = more.length === 0 ? read(first.params) : undefined;
  return (answer && agree(answer, offered(ours))) ?? "EXTENSION_PARAMS_BAD";
}

function agree(answer: Given, offer: Given): DeflateParams | undefined {
  const mostServerBits = offer.server_max_window_bits ?? 15;
  const mostClientBits = offer.client_max_window_bits === true ? 15 : (offer.client_max_window_bits ?? 15);
  // What the client offered of its own, it keeps to even if the server does not mention it.
  const { server_max_window_bits: serverBits = 15, client_max_window_bits: clientBits = mostClientBits } = answer;
  // §7.1.1.1 Accepting an offer with this parameter, a server includes it.
  if (offer.server_no_context_takeover && !answer.server_no_context_takeover) return undefined;
  // §7.1.2 In a response a window has a value, "the same or smaller value as the offer".
  if (clientBits === true || clientBits > mostClientBits || serverBits > mostServerBits) return undefined;
  return {
    serverNoContextTakeover: answer.server_no_context_takeover ?? false,
    clientNoContextTakeover: answer.client_no_context_takeover ?? offer.client_no_context_takeover ?? false,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: clientBits,
  };
}

function element(given: Given): string {
  const params = Object.entries(given).map(([name, value]) => (value === true ? name : `${name}=${value}`));
  return [NAME, ...params].join("; ");
}

/** Undefined for an unknown parameter, one that comes twice, or an invalid value (RFC 7692 §7.1). */
function read(params: readonly ExtensionParam[]): Given | undefined {
  const given: Record<string, number | true> = {};
  for (const { name, value } of params) {
    const read = name in given ? undefined : readValue(name, value);
    if (read === undefined) return undefined;
    given[name] = read;
  }
  return given;
}

function readValue(name: string, value: string | undefined): number | true | undefined {
  const bits = /^([89]|1[0-5])$/.test(value ?? "") ? Number(value) : undefined;
  if (name === "server_max_window_bits") return bits;
  if (name === "client_max_window_bits") return value === undefined ? true : bits;
  const flag = name === "server_no_context_takeover" || name === "client_no_context_takeover";
  return flag && value === undefined ? true : undefined;
}
