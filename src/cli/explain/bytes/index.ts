import type { Document } from "../document.ts";
import type { Finding } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import type { Given } from "./given.ts";
import { bytesFinding } from "./looks.ts";
import { bytesAt } from "./notation.ts";

/** Bytes that stand by themselves, in whatever notation; or a file of what went over a connection. */
export const bytes: Kind = {
  recognise: (document, at) => given(document, at)?.to,
  read({ document, from }) {
    const { bytes, explicit } = given(document, from)!;
    const finding = bytesFinding(bytes, explicit);
    return finding ? [{ ...finding, input: shownInput(document, from, bytes) }] : [];
  },
};

function given(document: Document, at: number): Given | undefined {
  if (!document.isText) return at === 0 ? { bytes: document.bytes, to: 1, explicit: true } : undefined;
  return bytesAt(document.lines, at);
}

/** The line as it is, unless it holds text: that must not be shown in hex, where no secret is seen. */
function shownInput(document: Document, at: number, bytes: Uint8Array): Finding["input"] {
  const line = document.isText ? document.lines[at]!.trim() : "";
  const isShort = document.isText && bytes.length <= 16;
  return isShort ? line : `${bytes.length} bytes`;
}
