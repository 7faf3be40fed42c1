import { defineSocket, type Message, type Room, type Socket, type SocketDefinition } from "onesocket";
import type { Env, State } from "./contract.ts";
import { record } from "./gates.ts";

type AppSocket = Socket<State, Env>;

/** Notes what happens to a room in what it keeps, so that it is known whoever is there by then. */
function note(room: Room, what: string): Promise<unknown> {
  return room.storage.update<string[]>("log", (log = []) => [...log, what]);
}

/** Does what a message says about its room; undefined for what it does not know. */
const VERBS: Record<string, (room: Room, ...args: never[]) => Promise<object>> = {
  log: async (room) => ({ log: await room.storage.get("log") }),
  visit: async (room) => ({ visits: await room.storage.update<number>("visits", (visits = 0) => visits + 1) }),
  keep: async (room, key: string, value: unknown) => ({ kept: await room.storage.put(key, value).then(() => key) }),
  fill: async (room, key: string, length: number) => ({
    filled: await room.storage.put(key, "x".repeat(length)).then(() => key),
  }),
  length: async (room, key: string) => ({ length: (await room.storage.get<string>(key))?.length ?? null }),
  kept: async (room, key: string) => ({ value: (await room.storage.get(key)) ?? null }),
  list: async (room, prefix: string) => ({ list: [...(await room.storage.list(prefix))] }),
  delete: async (room, key: string) => ({ deleted: await room.storage.delete(key).then(() => key) }),
  alarm: async (room, ms: number) => ({ alarm: await room.setAlarm(ms).then(() => ms) }),
  at: async (room) => ({ at: (await room.getAlarm()) ?? null }),
  never: async (room) => ({ never: await room.deleteAlarm().then(() => true) }),
};

async function said(socket: AppSocket, [verb, ...args]: [string, ...never[]]): Promise<void> {
  try {
    socket.send(JSON.stringify(await VERBS[verb]!(socket.room, ...args)));
  } catch (error) {
    socket.send(JSON.stringify({ error: (error as Error).name }));
  }
}

/** Has hooks of its rooms, keeps things in them, and sets their alarms. `otherwise`: what else its messages do. */
export function living(otherwise: (socket: AppSocket, data: Message) => unknown): SocketDefinition<State, Env, State> {
  return defineSocket({
    name: "living",
    open: (socket: AppSocket) => void note(socket.room, `${socket.state.name} in`),
    message(socket: AppSocket, data) {
      const command = JSON.parse(String(data)) as [string, ...never[]];
      return VERBS[command[0]] ? said(socket, command) : otherwise(socket, data);
    },
    close: (socket: AppSocket) => note(socket.room, `${socket.state.name} out`),
    room: {
      async open(room, { woken }) {
        await note(room, woken ? "woken" : "open");
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      async empty(room) {
        await note(room, "empty");
        record(`empty ${room.id}`, "empty");
      },
      async alarm(room, { retryCount }) {
        await note(room, "alarm");
        record(room.id, "alarm");
        room.send(JSON.stringify({ rang: retryCount, env: room.env.GREETING }));
      },
    },
  });
}
