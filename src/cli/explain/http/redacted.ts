import { acceptKey } from "../../../core/upgrade/accept-key.ts";
import { type Answer, field } from "../../doctor/answer.ts";
import { headerValue, type RequestHead } from "./request-head.ts";

/** Stands for a key and for a host that somebody took out of what they show. */
const KEY = "AQIDBAUGBwgJCgsMDQ4PEA==";
const HOST = "app.example.com";

/** What people write in the place of what nobody is to see; what may be a key all the same is none. */
const TAKEN_OUT =
  /^(?:[*•.…_-]{3,}=*|x{3,}=*|<[^<>]*>|\[[^[\]]*\]|\{[^{}]*\}|\$\{?\w+\}?|.*(?:redact|removed|hidden|masked|omitted|censored).*)$/i;

/** An exchange with stand-ins for what was taken out of it, which are right. */
export interface Restored {
  readonly request: RequestHead | undefined;
  readonly answer: Answer | undefined;
  /** Whether there is any. */
  readonly isRedacted: boolean;
}

/** Puts in what can be judged no more: a Host, a key, an Origin, an Accept. */
export function restored(request: RequestHead | undefined, answer: Answer | undefined): Restored {
  const key = request && headerValue(request, "sec-websocket-key");
  const accept = answer && field(answer, "sec-websocket-accept");
  const isKeyGone = isTakenOut(key, 24);
  const isAcceptGone = isTakenOut(accept, 28);
  const asked = request && withStandIns(request, isKeyGone);
  const known = isKeyGone || key == null ? KEY : key;
  const replied =
    answer && (isAcceptGone || (isKeyGone && accept != null)) ? withAccept(answer, acceptKey(known)) : answer;
  return { request: asked, answer: replied, isRedacted: asked !== request || replied !== answer };
}

/** @param length of a value that is right, which is taken for one */
function isTakenOut(value: string | null | undefined, length?: number): boolean {
  return value != null && value.length !== length && TAKEN_OUT.test(value);
}

function withStandIns(request: RequestHead, isKeyGone: boolean): RequestHead {
  const headers = request.headers.map(({ name, value }) => {
    const lower = name.toLowerCase();
    if (lower === "sec-websocket-key" && isKeyGone) return { name, value: KEY };
    if (lower === "host" && isTakenOut(value)) return { name, value: HOST };
    const host = /^https?:\/\/(.*)$/.exec(value)?.[1];
    if (lower === "origin" && isTakenOut(host ?? value)) return { name, value: `https://${HOST}` };
    return undefined;
  });
  if (headers.every((one) => one === undefined)) return request;
  return { ...request, headers: headers.map((one, at) => one ?? request.headers[at]!) };
}

function withAccept(answer: Answer, value: string): Answer {
  const headers = answer.headers.map((one) =>
    one.name.toLowerCase() === "sec-websocket-accept" ? { ...one, value } : one,
  );
  return { ...answer, headers };
}
