import { nodeZlib } from "../../adapters/node/deflate.ts";
import {
  checkDeflate,
  type ExtensionResponseFailure,
  offerDeflate,
} from "../../core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate } from "../../core/protocol/deflate/permessage-deflate.ts";
import { settingsOf } from "../../core/protocol/deflate/settings.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import { parseExtensions } from "../../core/protocol/headers.ts";

/** As browsers: everything is compressed, and any parameters will do. */
const OURS = settingsOf({ threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false });

/** What browsers offer. */
export const OFFER: string = offerDeflate(OURS);

/** What is wrong with the extensions that a 101 names, or undefined. */
export function extensionsFailure(value: string | null, offered: boolean): ExtensionResponseFailure | undefined {
  const agreed = agree(value, offered);
  return typeof agreed === "string" ? agreed : undefined;
}

/** The extension that both sides agreed to, or undefined for none. */
export function agreedExtension(value: string | null): Extension | undefined {
  const agreed = agree(value, true);
  return typeof agreed === "object" ? new PermessageDeflate("client", agreed, OURS, nodeZlib()) : undefined;
}

function agree(value: string | null, offered: boolean) {
  const elements = parseExtensions(value);
  if (!offered) return value === null ? undefined : "EXTENSION_UNREQUESTED";
  return elements ? checkDeflate(elements, OURS) : "EXTENSION_PARAMS_BAD";
}
