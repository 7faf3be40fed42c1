import { type DurableRoomClass, durableRoom, type WorkerHandler, worker } from "../../adapters/cloudflare/index.ts";
import { consoleObserver } from "../../adapters/shared/console.ts";
import { isDefinition, type SocketDefinition } from "../../core/contract/definition.ts";
import type { Observer } from "../../core/contract/observer.ts";
import { liveRooms } from "../../core/rooms/registry.ts";
import type { FetchApp, Target } from "../../core/upgrade/serve.ts";

/** What the runner's Worker finds in a module. */
export interface Inspection {
  readonly served: "definition" | "app" | "nothing";
  /** The names of the exported definitions. */
  readonly definitions: readonly string[];
  /** The names that they are exported under. */
  readonly exported: readonly string[];
}

/** What the generated entry tells. */
export interface WorkerHostOptions {
  /** The path of the runner's own requests, which only it knows. */
  readonly control: string;
  /** Durable Objects, each under one name as binding and as class; as many as there are for definitions. None: rooms are in the isolate. */
  readonly objects: readonly string[];
}

type Namespace = { idFromString(id: string): unknown; get(id: unknown): { drain(code: number): Promise<number> } };
type Env = Readonly<Record<string, Namespace | undefined>>;

/** The Worker around a user's module: what it serves, the objects of its definitions, and the runner's own requests. */
export class WorkerHost {
  readonly #control: string;
  readonly #definitions: readonly SocketDefinition[];
  readonly #exported: readonly string[];
  readonly #served: Inspection["served"];
  readonly #worker: WorkerHandler | undefined;
  /** By binding, the ids of the objects that have lived. */
  readonly #lived = new Map<string, Set<string>>();

  constructor(module: Readonly<Record<string, unknown>>, { control, objects }: WorkerHostOptions) {
    this.#control = control;
    this.#definitions = [...new Set(Object.values(module).filter(isDefinition))];
    this.#exported = Object.keys(module).filter((name) => isDefinition(module[name]));
    this.#served = kind(module.default);
    const mapped = this.#definitions.map(({ name }, index) => [name, objects[index]!]);
    const rooms = objects.length > 0 ? Object.fromEntries(mapped) : ISOLATE;
    if (this.#served !== "nothing" && !this.#clash) this.#worker = worker(module.default as Target, { rooms, observe });
  }

  /** Two have one name: no host takes them, and the runner is to say so in its own words. */
  get #clash(): boolean {
    return new Set(this.#definitions.map(({ name }) => name)).size < this.#definitions.length;
  }

  /** The class of the Durable Object that is the index-th of `objects`: nothing when there is no such definition. */
  object(binding: string, index: number): new (...args: never[]) => object {
    const definition = this.#definitions[index];
    if (!definition || this.#clash) return class {};
    const ids = new Set<string>();
    this.#lived.set(binding, ids);
    return class extends durableRoom(definition) {
      constructor(...args: ConstructorParameters<DurableRoomClass>) {
        super(...args);
        ids.add(args[0].id.toString());
      }

      /** Closes every socket; tells how many are not closed yet. */
      drain(code: number): number {
        this.room.close({}, code);
        return this.ctx.getWebSockets().length;
      }
    };
  }

  readonly fetch: FetchApp["fetch"] = async (request, env, context) => {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case `${this.#control}/inspect`:
        return Response.json(this.#inspect());
      case `${this.#control}/drain`:
        return Response.json(await this.#drain(env as Env, Number(searchParams.get("code"))));
      default:
        return this.#worker!.fetch(request, env, context!);
    }
  };

  #inspect(): Inspection {
    return { served: this.#served, definitions: this.#definitions.map(({ name }) => name), exported: this.#exported };
  }

  /** How many rooms in the isolate, and sockets in objects, are left. */
  async #drain(env: Env, code: number): Promise<number> {
    for (const room of liveRooms()) room.close({}, code);
    let left = [...liveRooms()].length;
    for (const [binding, ids] of this.#lived) {
      const namespace = env[binding]!;
      for (const id of ids) left += await namespace.get(namespace.idFromString(id)).drain(code);
    }
    return left;
  }
}

/** Maps every name, so that definitions which the module doesn't export are served too. */
const ISOLATE: Readonly<Record<string, string>> = new Proxy({}, { get: () => "isolate" });

function kind(target: unknown): Inspection["served"] {
  if (isDefinition(target)) return "definition";
  return typeof (target as FetchApp | undefined)?.fetch === "function" ? "app" : "nothing";
}

function unexported(name: string): string {
  return `onesocket: export the definition ${JSON.stringify(name)} from the module: --on durable needs it`;
}

/** The library's own advice about what has no object is for wrangler.toml; here another thing is missing. */
const observe: Observer = {
  ...consoleObserver,
  refused(event) {
    if (event.failure?.code === "ROOMS_UNMAPPED") console.error(unexported(event.definition));
    else consoleObserver.refused(event);
  },
};
