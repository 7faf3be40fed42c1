/**
 * What rooms cost a month on Cloudflare, from how often their objects are asked to do something and Cloudflare's prices.
 * Nothing here is measured: bench/cost.ts counts what one event of each kind comes to.
 */

/** As published at developers.cloudflare.com/durable-objects/platform/pricing, read in November 2026; Workers Paid, in dollars. */
export const PRICES = {
  date: "2026-11",
  requests: { included: 1e6, perMillion: 0.15 },
  /** Messages that come in for one request. */
  messagesPerRequest: 20,
  gbSeconds: { included: 400_000, perMillion: 12.5 },
  /** An object is billed as if it had this much memory, in GB. */
  memory: 0.128,
  rowsWritten: { included: 50e6, perMillion: 1 },
} as const;

/** What the library does for one event of each kind, as counted in workerd. */
export interface Counts {
  /** Requests to the object for one connection. */
  readonly requestsPerConnection: number;
  /** Calls of the object for one message, one text `ping`, one Close and one alarm of `sweepMs`. */
  readonly callsPerMessage: number;
  readonly callsPerPing: number;
  readonly callsPerClose: number;
  /** Rows written: for one connection, one message, and one alarm of `sweepMs`. */
  readonly rowsPerConnection: number;
  readonly rowsPerMessage: number;
  readonly rowsPerSweep: number;
  /** Rows written for a notification that a room with a history remembers. */
  readonly rowsPerRemembered: number;
  /** Calls of one object by another for one message to a room of four shards, and rows written when the four get their first members. */
  readonly callsPerMessageTo4Shards: number;
  readonly rowsPer4Shards: number;
  /** Milliseconds of an object for one message to this many sockets, for a ping that a handler answers, and for one alarm with 1000 sockets. */
  readonly msPerMessageTo50: number;
  readonly msPerMessageTo5000: number;
  readonly msPerHandledPing: number;
  readonly msPerSweep: number;
}

/** What happens in a month of 30 days. */
export interface Scenario {
  readonly name: string;
  readonly sockets: number;
  /** Connections opened, in a month. */
  readonly connections: number;
  /** Seconds in the month in which the sockets are open. */
  readonly seconds: number;
  /** Messages per second of all clients together, while they are open. */
  readonly messagesPerSecond: number;
  /** Which count tells how long one message takes, with what it sends on. */
  readonly time?: "msPerMessageTo50" | "msPerMessageTo5000";
}

const DAY = 86_400;
const MONTH = 30 * DAY;
/** Seconds between two pings of a client. */
const PING = 30;
/** `sweepMs`, in seconds. */
const SWEEP = 300;

export const SCENARIOS: readonly Scenario[] = [
  { name: "1 000 idle sockets", sockets: 1000, connections: 30_000, seconds: MONTH, messagesPerSecond: 0 },
  { name: "10 000 idle sockets", sockets: 10_000, connections: 300_000, seconds: MONTH, messagesPerSecond: 0 },
  {
    name: "A chat of 50",
    sockets: 50,
    connections: 1500,
    seconds: 30 * 8 * 3600,
    messagesPerSecond: 0.5,
    time: "msPerMessageTo50",
  },
  {
    name: "A busy room of 5 000",
    sockets: 5000,
    connections: 150_000,
    seconds: 30 * 8 * 3600,
    messagesPerSecond: 2,
    time: "msPerMessageTo5000",
  },
];

/** One way to write the room. */
export type Way = "onesocket" | "with sweepMs" | "by hand, no auto-response" | "by hand, accept()";

export const WAYS: readonly Way[] = ["onesocket", "with sweepMs", "by hand, no auto-response", "by hand, accept()"];

/** What a month comes to. */
export interface Bill {
  /** Billed requests: connections, calls by alarms, and incoming messages 20 to 1. */
  readonly requests: number;
  readonly gbSeconds: number;
  readonly rows: number;
  /** Without what the plan includes, which other objects may use up. */
  readonly dollars: number;
}

/** A month of a scenario, written in a way. */
export function bill(scenario: Scenario, way: Way, counts: Counts): Bill {
  const { sockets, connections, seconds, messagesPerSecond, time } = scenario;
  const messages = messagesPerSecond * seconds;
  const pings = (sockets * seconds) / PING;
  const callsPerPing = way.startsWith("by hand") ? 1 : counts.callsPerPing;
  const sweeps = way === "with sweepMs" ? seconds / SWEEP : 0;
  const incoming = messages * counts.callsPerMessage + pings * callsPerPing + connections * counts.callsPerClose;
  const requests = connections * counts.requestsPerConnection + incoming / PRICES.messagesPerRequest + sweeps;
  const msPerSweep = (counts.msPerSweep * sockets) / 1000;
  const working =
    (messages * (time ? counts[time] : 0) + pings * callsPerPing * counts.msPerHandledPing + sweeps * msPerSweep) /
    1000;
  // No more than all the time there is; a socket that is accepted plainly keeps its object in memory for all of it.
  const gbSeconds = (way === "by hand, accept()" ? seconds : Math.min(working, seconds)) * PRICES.memory;
  const rows = connections * counts.rowsPerConnection + messages * counts.rowsPerMessage + sweeps * counts.rowsPerSweep;
  const dollars =
    (requests * PRICES.requests.perMillion +
      gbSeconds * PRICES.gbSeconds.perMillion +
      rows * PRICES.rowsWritten.perMillion) /
    1e6;
  return { requests, gbSeconds, rows, dollars };
}

/** The bills as a table in Markdown. */
export function costTable(counts: Counts): string {
  const rows = SCENARIOS.flatMap((scenario) =>
    WAYS.map((way) => {
      const { requests, gbSeconds, rows, dollars } = bill(scenario, way, counts);
      return `| ${scenario.name} | ${way} | ${whole(requests)} | ${whole(gbSeconds)} | ${whole(rows)} | ${dollars.toFixed(2)} |`;
    }),
  );
  return [
    "| Room | Written | Requests | GB-s | Rows written | Dollars |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

/** What was counted and measured, as a table in Markdown. */
export function countsTable(counts: Counts): string {
  const rows = COUNTED.map(([name, about]) => `| ${about} | ${counts[name]} |`);
  return ["| Of the library, in workerd | |", "| --- | ---: |", ...rows].join("\n");
}

const COUNTED: readonly (readonly [keyof Counts, string])[] = [
  ["requestsPerConnection", "Requests to the object for a connection"],
  ["callsPerMessage", "Calls of the object for a message"],
  ["callsPerPing", "Calls of the object for a text `ping`"],
  ["callsPerClose", "Calls of the object for a Close"],
  ["rowsPerConnection", "Rows written for a connection"],
  ["rowsPerMessage", "Rows written for a message that sets state"],
  ["rowsPerSweep", "Rows written for an alarm of `sweepMs`"],
  ["rowsPerRemembered", "Rows written for a notification of a room with `history`"],
  ["callsPerMessageTo4Shards", "Calls between the objects of a room with four shards, for a message"],
  ["rowsPer4Shards", "Rows written when four shards of a room get their first members, tables and all"],
  ["msPerMessageTo50", "Milliseconds for a message to 50 sockets"],
  ["msPerMessageTo5000", "Milliseconds for a message to 5 000 sockets"],
  ["msPerHandledPing", "Milliseconds for a ping that a handler answers"],
  ["msPerSweep", "Milliseconds for a sweep of 1 000 sockets"],
];

function whole(value: number): string {
  return Math.round(value).toLocaleString("en").replaceAll(",", "\u00a0");
}

/** A room of so many sockets that several objects have them. */
const LARGE = { sockets: 100_000, connections: 3e6, seconds: 30 * 8 * 3600, messagesPerSecond: 1 } as const;

/** As the platform documents it: an object's sockets, and about how many requests it takes in a second. */
export const OBJECT_LIMITS = { sockets: 32_768, requestsPerSecond: 1000 } as const;

/** What a month of such a room comes to, with so many shards. */
export interface LargeBill extends Bill {
  readonly shards: number;
  readonly objects: number;
  readonly socketsEach: number;
  /** How many messages a second the members get at most: where each shard does nothing but send them on. */
  readonly messagesPerSecond: number;
}

/** A month of {@link LARGE}, whose messages come one by one: under load several go in one call, and cost less. */
export function largeBill(shards: number, counts: Counts): LargeBill {
  const { sockets, connections, seconds, messagesPerSecond } = LARGE;
  const messages = messagesPerSecond * seconds;
  // One to the first object and one to each other shard: as many as there are shards.
  const calls = (counts.callsPerMessageTo4Shards / 4) * shards;
  const incoming = messages * counts.callsPerMessage + connections * counts.callsPerClose;
  const requests = connections * counts.requestsPerConnection + incoming / PRICES.messagesPerRequest + messages * calls;
  const secondsPerShard = ((counts.msPerMessageTo5000 / 5000) * (sockets / shards)) / 1000;
  // The first object waits for the shards as long as they take.
  const working = Math.min(messages * secondsPerShard, seconds) * (shards + 1);
  const gbSeconds = working * PRICES.memory;
  const dollars = (requests * PRICES.requests.perMillion + gbSeconds * PRICES.gbSeconds.perMillion) / 1e6;
  const byCalls = OBJECT_LIMITS.requestsPerSecond / shards;
  return {
    ...{ shards, requests, gbSeconds, rows: shards, dollars },
    objects: shards + 1,
    socketsEach: Math.ceil(sockets / shards),
    messagesPerSecond: Math.min(1 / secondsPerShard, byCalls),
  };
}

/** The bills of {@link LARGE} as a table in Markdown. */
export function shardsCostTable(counts: Counts): string {
  const rows = [4, 16, 64, 256].map((shards) => {
    const { objects, socketsEach, requests, gbSeconds, dollars, messagesPerSecond } = largeBill(shards, counts);
    const most = messagesPerSecond.toFixed(1);
    return `| ${shards} | ${objects} | ${whole(socketsEach)} | ${whole(requests)} | ${whole(gbSeconds)} | ${dollars.toFixed(2)} | ${most} |`;
  });
  return [
    "| Shards | Objects | Sockets in each | Requests | GB-s | Dollars | Messages a second at most |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}
