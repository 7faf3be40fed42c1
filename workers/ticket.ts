// A ticket says who may come in as whom, for half a minute. It is signed rather than kept: whichever isolate or process it comes back to can
// read it. An app of yours looks at its session before it gives one.

const GOOD_MS = 30_000;
const SHA = { name: "HMAC", hash: "SHA-256" };

/** What a ticket holds. */
type Claim = readonly [name: string, until: number];

/** A ticket by which somebody may come in under this name. */
export async function ticketFor(name: string, key: string): Promise<string> {
  const claim = encode(new TextEncoder().encode(JSON.stringify([name, Date.now() + GOOD_MS] satisfies Claim)));
  return `${claim}.${encode(await crypto.subtle.sign(SHA, await imported(key), bytesOf(claim)))}`;
}

/** The name on a ticket; undefined for one that is none of ours, or too old. */
export async function nameOn(ticket: string, key: string): Promise<string | undefined> {
  const [, claim, signature] = /^([\w-]+)\.([\w-]{43})$/.exec(ticket) ?? [];
  if (claim === undefined || signature === undefined) return undefined;
  const isOurs = await crypto.subtle.verify(SHA, await imported(key), decode(signature), bytesOf(claim));
  if (!isOurs) return undefined;
  const [name, until] = JSON.parse(new TextDecoder().decode(decode(claim))) as Claim;
  return until < Date.now() ? undefined : name;
}

function imported(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytesOf(key), SHA, false, ["sign", "verify"]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Base64url, without padding: a ticket travels in a URL. */
function encode(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}
