/** A head that nobody could read in two ways, in the words of Node's own `IncomingMessage`. */
export interface PlainHead {
  readonly url: string;
  /** Each name comes once, in lower case. */
  readonly headers: Record<string, string>;
  readonly rawHeaders: string[];
}

/** Few heads are longer, and none of those is in a hurry. */
const MOST_BYTES = 8192;

/** GET of a path, HTTP/1.1, and fields of one line each, whose names are of letters, digits and hyphens, and their values of visible ASCII. */
const HEAD = /^GET \/[\w\-./~%&=?+,:;@!$()*]* HTTP\/1\.1\r\n(?:[A-Za-z\d-]+:[\t -~]*\r\n){1,100}\r\n$/;

/** What says more than that a WebSocket is wanted: how long a body is, or that somebody waits. Of the last one Node makes a list. */
const MORE = /^(?:content-length|transfer-encoding|expect|trailer|te|http2-settings|set-cookie)$/;

/**
 * Reads a whole head with nothing behind it, in which no field comes twice. Undefined for all that is not as plain as `HEAD`. Node's own
 * parser reads the same in it.
 */
export function readPlainHead(bytes: Uint8Array): PlainHead | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  const text = (bytes as Buffer).toString("latin1");
  if (!HEAD.test(text)) return undefined;
  const lowerCase = text.toLowerCase();
  const headers: Record<string, string> = {};
  const rawHeaders: string[] = [];
  for (let at = text.indexOf("\n") + 1, end: number; at < text.length - 2; at = end + 2) {
    const colon = text.indexOf(":", at);
    end = text.indexOf("\r", colon);
    const name = lowerCase.slice(at, colon);
    // Node has twice what comes twice, and what every object has, such as its constructor.
    if (headers[name] !== undefined || MORE.test(name)) return undefined;
    const value = text.slice(colon + 1, end).trim();
    headers[name] = value;
    rawHeaders.push(text.slice(at, colon), value);
  }
  // A copy: a part of the text would keep all of it for as long as a socket has its URL.
  return { url: (bytes as Buffer).toString("latin1", 4, text.indexOf(" ", 4)), headers, rawHeaders };
}
