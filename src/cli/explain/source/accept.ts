import { GUID } from "../../../core/upgrade/accept-key.ts";
import type { Rule } from "./rule.ts";

/** What looks like RFC 6455's, be it misspelt. */
const UUID = /[0-9A-Fa-f]{6,10}-[0-9A-Fa-f]{3,5}-[0-9A-Fa-f]{3,5}-[0-9A-Fa-f]{3,5}-[0-9A-Fa-f]{10,14}/;

/** Code that computes Sec-WebSocket-Accept: base64(SHA-1(key + GUID)), of the bytes of the hash. */
export const ACCEPT: readonly Rule[] = [
  {
    pattern: new RegExp(`(["'\`])(${UUID.source})\\1`),
    judge([, , written = ""], line) {
      if (!isMeant(written)) return undefined;
      const slip = slipOf(written, line);
      const right = "base64(SHA-1(key + GUID)) of the key as it came, and of the hash's bytes";
      if (slip === undefined)
        return /sha-?1/i.test(line)
          ? { what: `It computes Sec-WebSocket-Accept, as far as it is here in the right way: ${right}.`, codes: [] }
          : undefined;
      return {
        what: `Sec-WebSocket-Accept is computed wrongly: ${slip}.`,
        codes: [{ code: "ACCEPT_MISMATCH", detail: slip, fix: `Compute ${right}.` }],
      };
    },
  },
];

/** Whether it is the GUID, or near enough to be meant for it. */
function isMeant(written: string): boolean {
  const [one, two] = [written.toUpperCase(), GUID];
  let differences = Math.abs(one.length - two.length);
  for (let at = 0; at < Math.min(one.length, two.length); at++) if (one[at] !== two[at]) differences++;
  return differences <= 6 || /^258EAFA5/.test(one);
}

/** What goes wrong; undefined for nothing that is seen. */
function slipOf(written: string, line: string): string | undefined {
  if (written !== GUID && written.toUpperCase() === GUID) return "the GUID has to be in capitals";
  if (written !== GUID) return `the GUID is ${GUID}, and not ${written}`;
  if (/["'`]258EAFA5-E914-47DA-95CA-C5AB0DC85B11["'`]\s*(?:\+|\.(?!\w*(?:encode|bytes|getBytes)))\s*[$\w]/.test(line))
    return "the GUID comes behind the key, not before it";
  if (/\bmd5\b/i.test(line)) return "the hash is SHA-1, not MD5";
  if (/\bsha-?(?:256|512|384)\b/i.test(line)) return "the hash is SHA-1, not another SHA";
  if (/\bhexdigest\s*\(|\.digest\(\s*["']hex["']\s*\)|\bhexEncode|hex\.EncodeToString|Hex\.encodeHex|toHex/i.test(line))
    return "the hash's bytes are put in base64, not its digits in hex";
  // PHP's sha1() gives digits unless it is told otherwise.
  if (
    /\bbase64_encode\s*\(\s*sha1\s*\((?:[^()]|\([^()]*\))*\)\s*\)/.test(line) &&
    !/\bsha1\s*\((?:[^()]|\([^()]*\))*,\s*(?:true|1|TRUE)\s*\)/.test(line)
  ) {
    return "PHP's sha1() gives digits in hex: sha1($key . $guid, true) gives the bytes";
  }
  return undefined;
}
