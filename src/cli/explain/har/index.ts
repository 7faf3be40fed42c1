import { type Finding, firstOf } from "../explanation.ts";
import { type Json, listOf, objectOf, textOf } from "../json.ts";
import type { Kind } from "../kind.ts";
import { entryFinding } from "./entry.ts";

/** A HAR of a browser: its network panel exports one, Playwright records one. */
export const har: Kind = {
  recognise: (document, at) => (at === 0 && isHar(document.json) ? Number.POSITIVE_INFINITY : undefined),
  read({ document }, { secrets }) {
    const log = objectOf(objectOf(document.json).log);
    const entries = listOf(log.entries).map(objectOf);
    const sockets = entries.filter(isSocket);
    const browser = textOf(objectOf(log.browser).name) || textOf(objectOf(log.creator).name);
    if (sockets.length === 0) return [none(entries.length)];
    return firstOf(
      sockets.map((entry) => entryFinding(entry, browser, secrets)),
      TOLD,
    );
  },
};

/** More connections are not told one by one. */
const TOLD = 50;

function isHar(json: unknown): boolean {
  return Array.isArray(objectOf(objectOf(json).log).entries);
}

function isSocket(entry: Json): boolean {
  const url = textOf(objectOf(entry.request).url);
  return /^wss?:/i.test(url) || entry._resourceType === "websocket" || Array.isArray(entry._webSocketMessages);
}

function none(count: number): Finding {
  return {
    kind: "har",
    input: "a HAR",
    what: `The HAR has ${count} ${count === 1 ? "request" : "requests"}, and no WebSocket.`,
    sure: true,
    codes: [],
    note: "Open the network panel before the page connects: what was there before is not in it.",
  };
}
