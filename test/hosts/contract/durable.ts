import type { SocketDefinition } from "onesocket";
import { type DurableRoom, type DurableRoomClass, durableRoom, type RoomPlace, worker } from "onesocket/cloudflare";
import { placed, shardedRoom } from "onesocket/cloudflare/shards";
import { app, definitions, type Env, misled, twins } from "../contract.ts";

/** How often each room was made. Local workerd keeps a module's variables while an object sleeps. */
const made = new Map<string, number>();

/** How many objects each room has its sockets in; 0 where it is one object. */
declare const SHARDS: number;

const room: typeof durableRoom = SHARDS === 0 ? durableRoom : shardedRoom;

/** Whether each room has one object, whatever others have: for its hooks, or its presence. */
const isWhole = ({ room, presence }: { readonly room?: unknown; readonly presence?: unknown }) =>
  room !== undefined || presence !== undefined;

function counted<State>(definition: SocketDefinition<State, Env, State>) {
  return class extends (isWhole(definition) ? durableRoom : room)(definition) {
    constructor(...args: ConstructorParameters<DurableRoomClass<State, Env>>) {
      super(...args);
      made.set(this.#key, this.made() + 1);
    }

    get #key() {
      return `${definition.name}/${this.ctx.id.name}`;
    }

    made(): number {
      return made.get(this.#key) ?? 0;
    }

    #running = 0;

    running(): number {
      return this.#running;
    }

    override async webSocketMessage(...event: Parameters<DurableRoom["webSocketMessage"]>): Promise<void> {
      this.#running++;
      await super.webSocketMessage(...event);
      this.#running--;
    }
  };
}

export class Main extends counted(definitions.main) {}
export class Echo extends counted(definitions.echo) {}
export class Small extends counted(definitions.small) {}
export class Gated extends counted(definitions.gated) {}
export class Hurried extends counted(definitions.hurried) {}
export class Counted extends counted(definitions.counted) {}
export class Versions extends counted(definitions.versions) {}
export class Strict extends counted(definitions.strict) {}
export class Friends extends counted(definitions.friends) {}
export class Anyone extends counted(definitions.anyone) {}
export class Faulty extends counted(definitions.faulty) {}
export class Careful extends counted(definitions.careful) {}
export class Slow extends counted(definitions.slow) {}
export class Packed extends counted(definitions.packed) {}
export class Busy extends counted(definitions.busy) {}
export class Deep extends counted(definitions.deep) {}
export class Twin extends room(twins[0]) {}
/** By mistake. */
export class Misled extends room(definitions.echo) {}
export class Few extends counted(definitions.few) {}
export class Each extends counted(definitions.each) {}
export class Paced extends counted(definitions.paced) {}
export class Remembering extends counted(definitions.remembering) {}
export class Seen extends counted(definitions.seen) {}
export class Living extends counted(definitions.living) {}
export class Spoken extends counted(definitions.spoken) {}
export class Beating extends counted(definitions.beating) {}

interface Namespace {
  idFromName(name: string): unknown;
  get(id: unknown): {
    fetch(request: Request): Promise<Response>;
    made(): Promise<number>;
    running(): Promise<number>;
  };
}

// What an app must be able to do without letting its clients forge anything.
app.get("/forward/:room", (c) => {
  const { MAIN } = c.env as unknown as { MAIN: Namespace };
  return MAIN.get(MAIN.idFromName(c.req.param("room"))).fetch(c.req.raw);
});

app.get("/:what{made|running}/:definition/:room", async (c) => {
  const { what, definition, room } = c.req.param();
  const { [definition.toUpperCase()]: namespace } = c.env as unknown as Readonly<Record<string, Namespace>>;
  return c.text(`${await namespace?.get(namespace.idFromName(room))[what as "made" | "running"]()}`);
});

const NAMES = [...Object.keys(definitions), twins[0].name, misled.name];

function placeOf(name: string): string | RoomPlace {
  const binding = name.toUpperCase();
  const definition = Object.values(definitions).find((one) => one.name === name) ?? {};
  return SHARDS === 0 || isWhole(definition) ? binding : placed({ binding, shards: SHARDS });
}

/** Each definition's binding is its name in capitals. */
export default worker(app, {
  rooms: { ...Object.fromEntries(NAMES.map((name) => [name, placeOf(name)])), reloaded: "isolate" },
});
