import { Roster, type RosterMember, type RosterRoom } from "../presence/roster.ts";
import { cloneState } from "./state.ts";
import { awaitable } from "./thenable.ts";

/** A definition that has presence. */
export interface Presenting {
  /** What the others in a room see of a socket, by its state. */
  presence(state: unknown): unknown;
}

/** Returns what makes a room's roster, by `presence`. Throws a TypeError when that is no function. */
export function presenting(options: Presenting): (room: RosterRoom) => Roster {
  if (typeof options.presence !== "function")
    throw new TypeError("presence is a function of the state: presence: ({ name }) => ({ name })");
  return (room) => new Roster(room, (member) => shown(options, member));
}

/** What the others see of a member, as JSON. What `presence` throws is told as the event `error`, and shows nothing. */
function shown(options: Presenting, member: RosterMember): string | undefined {
  try {
    const value = options.presence(member.state);
    awaitable(value)?.then(undefined, () => {});
    if (value === undefined) return undefined;
    const { stateBytes } = member.definition.limits;
    return JSON.stringify(cloneState(value, stateBytes, `socket ${member.id}`, "presence"));
  } catch (error) {
    member.waitUntil(Promise.reject(error));
    return undefined;
  }
}
