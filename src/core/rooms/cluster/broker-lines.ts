import type { BrokerLine, BrokerStateEvent } from "../../contract/broker-line.ts";

/** What an operator reads of a broker. `definition`: of a room whose objects have no broker between them, but one another. */
export function brokerLineOf(told: BrokerStateEvent, times: number): BrokerLine {
  const { definition } = told;
  const what = definition ? `${definition}: the way between the room's objects` : "the broker";
  const room = "room" in told && told.room ? `the room ${JSON.stringify(told.room)}` : "this process";
  if (told.state === "connected") return ["info", `${what} is connected`];
  if (told.state === "dropped") return ["warn", `${what} dropped ${told.messages} messages`];
  if (told.state === "missed") return ["warn", `${definition}: ${room} missed ${told.messages} messages`];
  const reached = definition ? "this object" : "this process";
  if (told.state === "lost") return ["warn", `${what} is lost, rooms reach ${reached} only:`, told.error];
  const unknown = "what no process of this version wrote";
  return ["warn", `the broker brought to ${room} ${unknown} (so far ${times}):`, told.error];
}
