import { durableRoom, type ObjectSocket } from "../../../src/adapters/cloudflare/index.ts";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import type { Room } from "../../../src/core/contract/socket.ts";
import { type } from "../../../src/core/rpc/schema.ts";

type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

interface State {
  readonly name: string;
}

/** What hooks use of the class: the class itself is made of the definition, which can't be made of it. */
interface Scores {
  score(name: string): number;
}

type Member = ObjectSocket<State, unknown, Scores>;

export const game = defineSocket({
  name: "game",
  upgrade: () => ({ state: { name: "ada" } as State }),
  notifications: { over: type<string>() },
  async message(socket: Member) {
    const { room } = socket;
    holds<Exact<typeof room.raw, DurableObjectState>>();
    for (const { n } of room.raw.storage.sql.exec<{ n: number }>("SELECT 1 AS n")) socket.send(`${n}`);
    socket.send(`${room.object.score(socket.state.name)}`);
    // @ts-expect-error: the class has nothing of that name
    room.object.scores();
  },
  room: {
    async open(room, { woken }) {
      holds<Exact<typeof woken, boolean>>();
      const round = await room.storage.get<number>("round");
      holds<Exact<typeof round, number | undefined>>();
    },
    async alarm(room, { retryCount }) {
      holds<Exact<typeof retryCount, number>>();
      room.notify("over", "time");
      // @ts-expect-error: nothing of that name
      room.notify("ovr", "time");
      for (const { state } of room.sockets) holds<Exact<typeof state, State>>();
    },
  },
});

export class Game extends durableRoom(game) implements Scores {
  score(name: string): number {
    return name.length + this.room.size;
  }

  override async alarm(): Promise<void> {
    await this.room.setAlarm(new Date());
    await this.ctx.storage.setAlarm(5);
  }
}

export async function keep({ storage }: Room): Promise<void> {
  await storage.put("list", [1, 2]);
  const said = await storage.update<string[]>("said", (before = []) => [...before, "x"].slice(-20));
  holds<Exact<typeof said, readonly string[]>>();
  // @ts-expect-error: JSON has no Date
  await storage.put("when", new Date());
  // @ts-expect-error: it is read-only
  said.push("y");
  const all = await storage.list<number>("score/");
  holds<Exact<typeof all, ReadonlyMap<string, number>>>();
}

// @ts-expect-error: a hook that there is none of
defineSocket({ name: "wrong", room: { closed() {} } });
