import type { Finding } from "../explanation.ts";
import { noteCredentials } from "../http/credentials.ts";
import { urlOf } from "../http/request-head.ts";
import type { Secrets } from "../secrets.ts";
import { Endpoints } from "./endpoints.ts";
import { Flows } from "./flows.ts";
import { hopFindings } from "./hops.ts";
import type { Segment } from "./packet.ts";
import { type Group, Tally } from "./tally.ts";

/** More connections are not told one by one. */
const TOLD = 20;

/** What the segments of a capture show: each connection of a WebSocket, and what proxies did between two of them. */
export function captureFindings(
  each: (take: (segment: Segment) => void, endpoints: Endpoints) => void,
  secrets: Secrets,
): readonly Finding[] {
  const tally = new Tally();
  const endpoints = new Endpoints();
  const flows = new Flows(endpoints, tally);
  let segments = 0;
  each((segment) => {
    segments++;
    flows.take(segment);
  }, endpoints);
  flows.end();
  if (segments === 0) return [NO_TCP];
  const groups = tally.groups(TOLD);
  for (const { talk } of [...tally.sockets, ...groups.map(({ flow }) => flow)]) {
    for (const head of [talk.request, talk.answer]) if (head) noteCredentials(secrets, head);
  }
  // What a proxy did explains what both sides of it saw.
  const all = [
    ...hopFindings(tally.sockets.toSorted((a, b) => a.talk.steps.start - b.talk.steps.start)),
    ...groups.map(finding),
  ];
  return [...all.slice(0, -1), withNote(all.at(-1)!, rest(tally, groups, endpoints.overflowed || flows.overflowed))];
}

function withNote(finding: Finding, more: string): Finding {
  const note = [finding.note, more].filter(Boolean).join(" ");
  return note === "" ? finding : { ...finding, note };
}

const NO_TCP: Finding = {
  kind: "capture",
  input: "a capture",
  what: "There is no TCP in this capture.",
  sure: true,
  codes: [],
};

function finding({ flow, verdict, count }: Group): Finding {
  const { what, codes, sure, note } = verdict;
  const { talk, client, server } = flow;
  const notes = [
    note,
    count > 1 ? `${count - 1} more connection${count > 2 ? "s" : ""} to it went the same way.` : undefined,
    talk.incomplete ? "Some packets are missing in the capture, or are cut." : undefined,
    flow.closedWindow &&
      `The ${flow.closedWindow} said at times that it takes no more (window 0): it reads too slowly.`,
  ].filter(Boolean);
  return {
    kind: "capture",
    input: `${client.shown} → ${server.shown}`,
    by: talk.answeredBy,
    what,
    steps: talk.steps.all,
    sure,
    codes,
    note: notes.length > 0 ? notes.join(" ") : undefined,
    url: talk.request && urlOf(talk.request),
  };
}

/** What was not told. */
function rest({ sockets, others, left }: Tally, groups: readonly Group[], isTooLarge: boolean): string {
  const plain = sockets.length > 0 ? others : others - groups.reduce((sum, { count }) => sum + count, 0);
  const texts = [
    left > 0 ? `${left} more connections of WebSockets are not told here.` : "",
    plain > 0 ? `${plain} other connection${plain === 1 ? " shows" : "s show"} nothing of a WebSocket.` : "",
    isTooLarge ? "The capture has more endpoints than are looked at: some of its connections are left out." : "",
  ];
  return texts.filter(Boolean).join(" ");
}
