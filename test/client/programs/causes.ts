import { connect, type Status } from "onesocket/client";
import { each } from "../each.ts";

/** A server that a client is to be asked of. */
export interface Cause {
  readonly url: string;
  readonly protocols: readonly string[];
}

/** The slowest of the lab's servers falls silent after a second and a half. */
const STAYS_MS = 4_000;

/** How many are asked at a time. */
const AT_ONCE = 16;

/** Why there is no connection to this server: the code, with what it is likely to be or was closed with; "opens" where it stays open. */
async function said({ url, protocols }: Cause): Promise<string> {
  using client = connect(url, { openMs: 5_000, protocols });
  client.send("hello");
  const { promise, resolve } = Promise.withResolvers<Status["failure"]>();
  client.addEventListener("status", () => {
    const { state, failure } = client.status;
    if (state === "waiting" || state === "closed") resolve(failure);
    if (state === "open") setTimeout(resolve, STAYS_MS);
  });
  const failure = await promise;
  if (!failure) return "opens";
  const { code, likely, closeCode } = failure;
  return closeCode ? `${code} ${closeCode}` : likely ? `${code}, likely ${likely}` : code;
}

/** What is said of each, in their order. */
export function causes(asked: readonly Cause[]): Promise<string[]> {
  return each(asked, AT_ONCE, said);
}
