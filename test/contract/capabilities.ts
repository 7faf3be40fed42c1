import { RUNTIMES, type RuntimeName } from "./runtime.ts";

/** When and on what the values below were measured. */
export const MEASURED = {
  date: "2026-11",
  on: {
    node: "Node 24.21.0",
    bun: "Bun 1.4.5",
    deno: "Deno 2.9.5",
    workers: "workerd 1.20261023.1, rooms in the isolate",
    durable: "workerd 1.20261023.1, rooms in Durable Objects",
  },
} as const satisfies { readonly date: string; readonly on: Readonly<Record<RuntimeName, string>> };

/** What one runtime does. */
interface Ability<Value> {
  readonly value: Value;
  /** Why it is not what the contract asks for; absent where it is. */
  readonly because?: string;
  readonly link?: string;
}

interface Row<Value> extends Readonly<Record<RuntimeName, Ability<Value>>> {
  readonly about: string;
}

/** Each row's key, and the values that tests switch on. */
interface Values {
  nativeRefusals: readonly (readonly [fault: string, status: number])[];
  hostMissing: "our answer" | "the runtime's answer";
  badVersions: "our answer" | 400 | 505;
  proxyProtocol: "read from proxies" | "refused";
  upgradeHeaderOn426: "sent" | "dropped";
  httpVersion: "visible" | "hidden";
  upgradeLists: "taken" | "refused";
  otherUpgrades: "ordinary requests" | "refused";
  clientAddress: "peer, or what its proxies say" | "CF-Connecting-IP";
  earlyFrames: "kept" | "kept without bound" | "refused";
  compression: "as asked" | "never" | "always" | "for all of a server";
  readingPauses: "at once" | "after the packet" | "never";
  invalidUtf8: "closed with 1007" | "cut" | "replaced";
  unmaskedFrames: "refused" | "taken";
  protocolErrors: 1002 | "cut";
  pings: "as asked" | "never";
  protocolErrorEnd: "ends at once" | "ends on hibernation";
  silentClose: "ends at once" | "ends on hibernation";
  unansweredClose: "lost" | "over at once";
  terminate: "cuts" | "closes";
  bufferedAmount: "known" | "unknown";
  emptyAlarms: "at their time" | "when somebody comes";
  emptyRooms: "forgotten at once" | "forgotten with the object";
  hibernation: "none" | "on a room's idle";
  mapping: "not needed" | "needed";
  objects: "none" | "within reach of routes";
  upgradeAbort: "tells" | "tells under a flag";
  lostBeforeAnswer: "gives its place back" | "can stay open";
}

const everywhere = <Value>(value: Value): Readonly<Record<RuntimeName, Ability<Value>>> => ({
  node: { value },
  bun: { value },
  deno: { value },
  workers: { value },
  durable: { value },
});

const cloudflare = <Value>(value: Value, because: string, link?: string) => {
  const ability: Ability<Value> = { value, because, ...(link ? { link } : {}) };
  return { workers: ability, durable: ability };
};

/** Every difference that a runtime forces. The contract's tests switch on the values, and assert each of them. */
export const CAPABILITIES: { readonly [Key in keyof Values]: Row<Values[Key]> } = {
  nativeRefusals: {
    about: "Bad handshakes that are answered before our code sees them",
    ...everywhere<Values["nativeRefusals"]>([]),
    bun: {
      value: [["headers over 16 KiB", 431]],
      because: "Bun.serve reads at most 16 KiB of headers, and answers by itself",
    },
    deno: {
      value: [
        ["the method POST", 400],
        ["a body", 400],
      ],
      because: "Deno.serve answers an upgrade request that is no bare GET by itself",
    },
    ...cloudflare<Values["nativeRefusals"]>(
      [
        ["the method POST", 400],
        ["the Host a.example:port", 500],
      ],
      "Miniflare's front makes a GET of a POST, and workerd refuses what comes back; it fails at a Host that no URL can have",
    ),
  },
  hostMissing: {
    about: "A request without Host",
    ...everywhere<Values["hostMissing"]>("our answer"),
    bun: { value: "the runtime's answer", because: "Bun answers an empty 400" },
    ...cloudflare<Values["hostMissing"]>("the runtime's answer", "workerd answers 400"),
  },
  badVersions: {
    about: "A request of HTTP/0.9, or of HTTP/2.0 over HTTP/1",
    ...everywhere<Values["badVersions"]>("our answer"),
    bun: { value: 505, because: "Bun answers an empty 505" },
    deno: { value: 400, because: "Deno answers an empty 400" },
    ...cloudflare<Values["badVersions"]>(400, "Miniflare's front answers 400"),
  },
  proxyProtocol: {
    about: "A PROXY protocol header before the handshake",
    ...everywhere<Values["proxyProtocol"]>("read from proxies"),
    bun: { value: "refused", because: "Bun.serve answers an empty 400, and has no option for it" },
    deno: { value: "refused", because: "Deno.serve answers an empty 400, and has no option for it" },
    ...cloudflare<Values["proxyProtocol"]>("refused", "a Worker sees no TCP; Miniflare's front answers 400"),
  },
  upgradeHeaderOn426: {
    about: "The Upgrade header of a 426",
    ...everywhere<Values["upgradeHeaderOn426"]>("sent"),
    ...cloudflare<Values["upgradeHeaderOn426"]>("dropped", "workerd keeps hop-by-hop headers to itself"),
  },
  httpVersion: {
    about: "The HTTP version, which `strict` looks at",
    ...everywhere<Values["httpVersion"]>("visible"),
    bun: { value: "hidden", because: "a Request has no version" },
    deno: { value: "hidden", because: "a Request has no version" },
    ...cloudflare<Values["httpVersion"]>("hidden", "a Request has no version"),
  },
  upgradeLists: {
    about: "`Upgrade: h2c, websocket`",
    ...everywhere<Values["upgradeLists"]>("taken"),
    ...cloudflare<Values["upgradeLists"]>("refused", "workerd allows a 101 for exactly `websocket` only"),
  },
  otherUpgrades: {
    about: "Requests with a body that offer another protocol, such as `Upgrade: h2c`",
    ...everywhere<Values["otherUpgrades"]>("ordinary requests"),
    deno: { value: "refused", because: "Deno answers 400 to any upgrade with a body" },
  },
  clientAddress: {
    about: "Where `remoteAddress` comes from",
    ...everywhere<Values["clientAddress"]>("peer, or what its proxies say"),
    ...cloudflare<Values["clientAddress"]>(
      "CF-Connecting-IP",
      "a Worker sees no TCP peer; Cloudflare sets the header",
      "https://developers.cloudflare.com/fundamentals/reference/http-headers/",
    ),
  },
  earlyFrames: {
    about: "Frames that arrive while an async `upgrade` waits",
    ...everywhere<Values["earlyFrames"]>("kept"),
    bun: { value: "refused", because: "after a real wait Bun reads them as HTTP, answers 400 and closes" },
    deno: { value: "kept without bound", because: "Deno reads on; `limits.upgradeMs` bounds the time" },
  },
  upgradeAbort: {
    about: "`signal` of an `upgrade` whose client went away",
    ...everywhere<Values["upgradeAbort"]>("tells"),
    ...cloudflare<Values["upgradeAbort"]>(
      "tells under a flag",
      "request.signal needs the compatibility flag enable_request_signal",
      "https://developers.cloudflare.com/changelog/2025-05-22-handle-request-cancellation",
    ),
  },
  lostBeforeAnswer: {
    about: "A client that is lost in the moment of its 101",
    ...everywhere<Values["lostBeforeAnswer"]>("gives its place back"),
    ...cloudflare<Values["lostBeforeAnswer"]>(
      "can stay open",
      "workerd can keep its socket as an open one that never hears anything: hence `heartbeat.expectPing`",
    ),
  },
  compression: {
    about: "permessage-deflate, for clients that offer it",
    ...everywhere<Values["compression"]>("as asked"),
    bun: { value: "for all of a server", because: "Bun has one setting for all sockets of a server" },
    deno: { value: "never", because: "Deno does not compress" },
    ...cloudflare<Values["compression"]>(
      "always",
      "workerd negotiates it by itself, unless the flag no_web_socket_compression is set",
      "https://developers.cloudflare.com/workers/configuration/compatibility-flags/",
    ),
  },
  readingPauses: {
    about: "Reading stops while a handler is slow",
    ...everywhere<Values["readingPauses"]>("at once"),
    bun: { value: "after the packet", because: "pause() does not hold back frames that were read with the last one" },
    deno: { value: "never", because: "a Deno WebSocket has no pause" },
    ...cloudflare<Values["readingPauses"]>("never", "a Workers WebSocket has no pause"),
  },
  invalidUtf8: {
    about: "Text that is not UTF-8",
    ...everywhere<Values["invalidUtf8"]>("closed with 1007"),
    deno: { value: "cut", because: "Deno drops the connection without a Close" },
    ...cloudflare<Values["invalidUtf8"]>("replaced", "workerd decodes with U+FFFD and tells nothing"),
  },
  unmaskedFrames: {
    about: "Frames of a client that are not masked",
    ...everywhere<Values["unmaskedFrames"]>("refused"),
    deno: { value: "taken", because: "Deno does not look" },
    ...cloudflare<Values["unmaskedFrames"]>("taken", "workerd does not look"),
  },
  protocolErrors: {
    about: "Frames that break the protocol",
    ...everywhere<Values["protocolErrors"]>(1002),
    deno: { value: "cut", because: "Deno drops the connection without a Close" },
  },
  protocolErrorEnd: {
    about: "The stream of a client that broke the protocol",
    ...everywhere<Values["protocolErrorEnd"]>("ends at once"),
    durable: {
      value: "ends on hibernation",
      because: "workerd sends its Close at once and the FIN when the object hibernates, whatever the object does",
    },
  },
  silentClose: {
    about: "The stream of a client that never sent a message, after the server's Close",
    ...everywhere<Values["silentClose"]>("ends at once"),
    durable: {
      value: "ends on hibernation",
      because: "workerd sends the Close at once and the FIN when the object hibernates, 10 s later",
    },
  },
  unansweredClose: {
    about: "The server's Close, when the client never answers it",
    ...everywhere<Values["unansweredClose"]>("lost"),
    bun: { value: "over at once", because: "Bun calls a socket closed as soon as its Close is sent" },
  },
  terminate: {
    about: "`terminate()`",
    ...everywhere<Values["terminate"]>("cuts"),
    deno: { value: "closes", because: "a Deno WebSocket can only be closed" },
    ...cloudflare<Values["terminate"]>("closes", "a Workers WebSocket can only be closed"),
  },
  pings: {
    about: "Protocol pings, and an end to peers that don't answer",
    ...everywhere<Values["pings"]>("as asked"),
    ...cloudflare<Values["pings"]>("never", "a Workers WebSocket has no ping"),
  },
  bufferedAmount: {
    about: "`bufferedAmount`, and with it the limit on what a slow client may pile up",
    ...everywhere<Values["bufferedAmount"]>("known"),
    ...cloudflare<Values["bufferedAmount"]>("unknown", "a Workers WebSocket does not tell"),
  },
  emptyRooms: {
    about: "A room whose last member has gone",
    ...everywhere<Values["emptyRooms"]>("forgotten at once"),
    durable: {
      value: "forgotten with the object",
      because: "the object is the room; the platform evicts it when idle",
    },
  },
  emptyAlarms: {
    about: "Alarms of rooms that nobody is in",
    ...everywhere<Values["emptyAlarms"]>("at their time"),
    workers: {
      value: "when somebody comes",
      because: "a timer of an isolate ends with the request that set it, which is a socket's",
    },
  },
  hibernation: {
    about: "Sockets outlive the memory of their room",
    ...everywhere<Values["hibernation"]>("none"),
    durable: {
      value: "on a room's idle",
      because: "after 10 s without events the object leaves memory, and its sockets stay",
      link: "https://developers.cloudflare.com/durable-objects/best-practices/websockets/",
    },
  },
  mapping: {
    about: "A map from definitions to where their rooms live",
    ...everywhere<Values["mapping"]>("not needed"),
    ...cloudflare<Values["mapping"]>("needed", "rooms live in Durable Objects, or by choice in the isolate"),
  },
  objects: {
    about: "Routes that can reach a room's object by hand",
    ...everywhere<Values["objects"]>("none"),
    durable: { value: "within reach of routes", because: "any route may forward its request to a Durable Object" },
  },
};

/** Looks up what a runtime does. */
export function capability(runtime: RuntimeName): <Key extends keyof Values>(key: Key) => Values[Key] {
  return (key) => CAPABILITIES[key][runtime].value;
}

/** The differences as a table in Markdown, and below it the reason of each that is not what the contract asks for. */
export function capabilityTable(): string {
  const rows = Object.values(CAPABILITIES);
  const table = [
    `| | ${RUNTIMES.join(" | ")} |`,
    `|---|${RUNTIMES.map(() => "---|").join("")}`,
    ...rows.map((row) => `| ${row.about} | ${RUNTIMES.map((runtime) => text(row[runtime].value)).join(" | ")} |`),
  ];
  const reasons = rows.flatMap((row) =>
    [...reasonsOf(row)].map(([reason, where]) => `- ${row.about}, ${where.join(", ")}: ${reason}.`),
  );
  const versions = RUNTIMES.map((runtime) => `${runtime}: ${MEASURED.on[runtime]}`).join("; ");
  return `${table.join("\n")}\n\nMeasured ${MEASURED.date} (${versions}).\n\n${reasons.join("\n")}\n`;
}

/** Each reason with the runtimes that share it. */
function reasonsOf(row: Row<unknown>): Map<string, RuntimeName[]> {
  const reasons = new Map<string, RuntimeName[]>();
  for (const runtime of RUNTIMES) {
    const { because, link } = row[runtime];
    if (!because) continue;
    const reason = link ? `${because} ([source](${link}))` : because;
    reasons.set(reason, [...(reasons.get(reason) ?? []), runtime]);
  }
  return reasons;
}

function text(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "none" : value.map(([fault, status]) => `${fault}: ${status}`).join(", ");
}
