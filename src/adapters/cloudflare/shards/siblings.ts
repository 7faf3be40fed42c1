import type { ObjectNamespace, ObjectState, ObjectStub } from "../types.ts";
import { objectName } from "./names.ts";

/** The other objects of a room. */
export class Siblings {
  readonly #env: unknown;
  readonly #id: ObjectState["id"];
  readonly #room: string;
  #namespace: ObjectNamespace | undefined;

  constructor(env: unknown, id: ObjectState["id"], room: string) {
    this.#env = env;
    this.#id = id;
    this.#room = room;
  }

  /** One of them, by a stub of its own: one that has thrown may be of no use any more. Throws where the class has no binding to itself. */
  get(shard: number): ObjectStub {
    this.#namespace ??= this.#own();
    return this.#namespace.get(this.#namespace.idFromName(objectName(this.#room, shard)));
  }

  #own(): ObjectNamespace {
    const { jurisdiction } = this.#id;
    const namespace = Object.values(this.#env ?? {}).find((value) => this.#isOwn(value)) as ObjectNamespace | undefined;
    if (!namespace) throw new TypeError(UNBOUND);
    return jurisdiction ? namespace.jurisdiction(jurisdiction) : namespace;
  }

  /** An id belongs to its namespace, and another's throws for it. */
  #isOwn(binding: Partial<ObjectNamespace> | undefined): boolean {
    if (typeof binding?.idFromString !== "function") return false;
    try {
      binding.idFromString(this.#id.toString());
      return true;
    } catch {
      return false;
    }
  }
}

const UNBOUND =
  "the objects of a room reach one another by a binding to their own class, which their Worker's wrangler.toml lacks: [[durable_objects.bindings]]";
