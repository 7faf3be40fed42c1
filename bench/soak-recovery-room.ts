import { defineSocket, type SocketDefinition, type } from "onesocket";

const notifications = { said: type<number>() };

/** A room that remembers all that is said while a client is away. */
export const room: SocketDefinition<
  unknown,
  unknown,
  unknown,
  Record<never, never>,
  typeof notifications
> = defineSocket({
  name: "room",
  history: { messages: 10_000, ms: 600_000 },
  notifications,
});
