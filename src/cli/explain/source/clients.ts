import type { Judged, Rule } from "./rule.ts";
import { shown } from "./servers.ts";

/** A client's call that takes a URL, whose it is, and what it makes of a scheme that is none of ws: and wss:. */
interface Client {
  readonly call: RegExp;
  readonly by: string;
  /** What it says of `http:`; undefined where it takes that, too. */
  readonly refusesHttp?: string;
}

const CLIENTS: readonly Client[] = [
  {
    call: /\bwebsocket\.(?:WebSocketApp|create_connection)\s*\(/,
    by: "Python (websocket-client)",
    refusesHttp: "ValueError: scheme http is invalid",
  },
  {
    call: /\bwebsockets\.(?:sync\.client\.|asyncio\.client\.)?connect\s*\(/,
    by: "Python (websockets)",
    refusesHttp: "InvalidURI: … isn't a valid URI: scheme isn't ws or wss",
  },
  {
    call: /\b(?:websocket\.)?(?:DefaultDialer|dialer)\.Dial(?:Context)?\s*\((?:\s*\w+\s*,)?/i,
    by: "Go (gorilla/websocket)",
    refusesHttp: "malformed ws or wss URL",
  },
  { call: /\bWebSocket\.connect\s*\(/, by: "Dart", refusesHttp: "WebSocketException: Unsupported URL scheme 'http'" },
  {
    call: /\.ConnectAsync\s*\(\s*new\s+Uri\s*\(/,
    by: ".NET",
    refusesHttp: "Only Uris starting with 'ws://' or 'wss://' are supported",
  },
  {
    call: /\bnew\s+WebSocketClient\s*\(\s*new\s+URI\s*\(|\bsuper\s*\(\s*new\s+URI\s*\(/,
    by: "Java-WebSocket",
    refusesHttp: "IllegalArgumentException: unknown scheme: http",
  },
  {
    call: /\.webSocketTask\s*\(\s*with:\s*URL\s*\(\s*string:/,
    by: "Swift (URLSession)",
    refusesHttp: "an exception: the URL's scheme is not ws or wss",
  },
];

const URL_ARGUMENT = /^\s*[fru]?(["'`])([^"'`\n]*)\1/;

/** Calls that connect to a WebSocket. */
export const CONNECTIONS: readonly Rule[] = [
  {
    pattern: /\bnew\s+WebSocket\s*\(\s*(["'`])([^"'`\n]*)\1(\s*,\s*\{)?/,
    judge: ([call, , url = "", options], line) => browsers(call, url, options !== undefined, line),
  },
  ...CLIENTS.map(
    ({ call, by, refusesHttp }): Rule => ({
      pattern: new RegExp(`(?:${call.source})${URL_ARGUMENT.source.slice(1)}`, call.flags),
      judge(found) {
        const url = found.at(-1) ?? "";
        if (refusesHttp === undefined || !/^https?:\/\//i.test(url)) return undefined;
        return {
          by: [by],
          what: `${shown(found[0])} takes ws:// and wss:// only. It says: ${refusesHttp}.`,
          codes: [],
          note: useInstead(url),
          url: socketUrl(url),
        };
      },
    }),
  ),
  {
    pattern: /\b(?:fetch|(?:stub|\w*[sS]tub)\.fetch)\s*\(\s*(?:new\s+Request\s*\(\s*)?(["'`])(wss?:\/\/[^"'`\n]*)\1/,
    judge([call, , url = ""]) {
      return {
        by: ["workerd"],
        what: `${shown(call)}: fetch takes http: and https: only; on Workers it says that it cannot load ws.`,
        codes: [
          {
            code: "UPGRADE_NOT_FORWARDED",
            fix: "Give fetch an http: or https: URL, and the header Upgrade: websocket; or pass the original request on.",
          },
        ],
        note: `Write ${JSON.stringify(url.replace(/^ws/i, "http"))}.`,
      };
    },
  },
];

/** `new WebSocket(url)` of browsers, Node, Bun, Deno and ws, by the WHATWG's standard of 2023. */
function browsers(call: string, url: string, hasOptions: boolean, line: string): Judged | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  // What is put together only when it runs cannot be judged here.
  if (/^\$\{/.test(url)) return undefined;
  if (scheme === undefined) return relative(call, url);
  if (/^https?$/.test(scheme)) {
    return {
      by: ["JavaScript"],
      what: `${shown(call)}: ${scheme}:// is taken for ${scheme === "http" ? "ws" : "wss"}:// since 2023 (Chrome 125, Firefox 124, Safari 17.3); older ones throw a SyntaxError.`,
      codes: [],
      note: useInstead(url),
      url: socketUrl(url),
    };
  }
  if (scheme !== "ws" && scheme !== "wss") {
    const what = /^[\w.-]+:\d+(?:\/|$)/.test(url)
      ? `${scheme}: is read as the scheme`
      : `${scheme}:// is no scheme of the web's`;
    return {
      by: ["JavaScript"],
      what: `${shown(call)} throws a SyntaxError: ${what}. It takes ws:// and wss://.`,
      codes: [],
      note: useInstead(url),
      url: socketUrl(url),
    };
  }
  return dubious(call, url, hasOptions, line);
}

function relative(call: string, url: string): Judged | undefined {
  if (url === "" || /[$%{]/.test(url)) return undefined;
  const what = url.startsWith("/")
    ? "is taken for one of the page's own host since 2023; older browsers throw a SyntaxError, and so does whatever is no browser"
    : "is a path of the page's own, to which it is added: it has no scheme";
  return {
    by: ["JavaScript"],
    what: `${shown(call)}: ${JSON.stringify(url)} ${what}.`,
    codes: [],
    note: "Write the whole URL, with ws:// or wss:// before it.",
  };
}

function dubious(call: string, url: string, hasOptions: boolean, line: string): Judged | undefined {
  const parsed = URL.parse(url.replace(/\$\{[^}]*\}/g, "1"));
  if (parsed?.hash)
    return {
      by: ["JavaScript"],
      what: `${shown(call)} throws a SyntaxError: the URL of a WebSocket has no #fragment.`,
      codes: [],
      note: "Leave out what begins with #.",
      url,
    };
  if (parsed?.port === "443" || /^ws:\/\/[^/]*:443(?:\/|$)/i.test(url))
    return {
      what: "ws:// is for plain ports, and 443 is TLS's.",
      sure: false,
      codes: [{ code: "PLAIN_TO_TLS_PORT" }],
      note: "It may be right where something unusual listens there.",
      url,
    };
  if (/^wss:\/\/[^/]*:80(?:\/|$)/i.test(url))
    return {
      what: "wss:// is for ports with TLS, and 80 is the plain one's.",
      sure: false,
      codes: [{ code: "TLS_TO_PLAIN_PORT" }],
      note: "It may be right where something unusual listens there.",
      url,
    };
  if (hasOptions && /\bheaders\s*:/.test(line)) {
    return {
      by: ["JavaScript"],
      what: "A browser's WebSocket takes no headers: the second argument is the subprotocols, and an object there throws a SyntaxError.",
      codes: [],
      note: "ws, Node, Bun and Deno take headers. From a browser send a cookie, a subprotocol, or a ticket in the query.",
      url,
    };
  }
  return undefined;
}

function useInstead(url: string): string {
  return `Write ${JSON.stringify(socketUrl(url))}${/^https/i.test(url) ? "" : ", or wss:// where the page is https"}.`;
}

function socketUrl(url: string): string {
  return /^https?:/i.test(url) ? url.replace(/^http/i, "ws") : `ws://${url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")}`;
}
