import type { Row } from "./row.ts";
import { Talk } from "./talk.ts";

/** What stood between two addresses. */
class Between {
  /** The one that began without ports, in a list that was filtered. There is one at most, before all others. */
  unnamed: Talk | undefined;
  /** Those that have not ended. */
  readonly open = new Set<Talk>();
  /** Those of them that are not known to be mixed up with another. */
  readonly unmixed = new Set<Talk>();
  /** The last of each two ports. */
  readonly byPorts = new Map<string, Talk>();
}

/** The connections of a list of packets. A row of HTTP or of a frame tells no ports: it belongs to the one that stands between the two. */
export class Talks {
  readonly #all: Talk[] = [];
  readonly #between = new Map<string, Between>();

  /** All of them, in the order in which they began; only those that asked for something, or may have, if any did. */
  get told(): readonly Talk[] {
    const told = this.#all.filter(({ isMixed, hasRequest }) => isMixed || hasRequest);
    return told.length > 0 ? told : this.#all;
  }

  take(row: Row): void {
    const between = this.#betweenOf(row);
    if (row.ports) this.#takeNamed(row, between);
    else this.#takeUnnamed(row, between);
  }

  #betweenOf({ source, target }: Row): Between {
    const key = [source, target].sort().join(" ");
    const between = this.#between.get(key) ?? new Between();
    this.#between.set(key, between);
    return between;
  }

  /** A SYN begins a connection, where none stands. */
  #takeNamed(row: Row, between: Between): void {
    const key = portsOf(row);
    const known = [between.byPorts.get(key), between.unnamed].filter((talk) => talk !== undefined);
    const open = known.find((talk) => !talk.isOver);
    if (!open && row.flags.has("SYN") && !row.flags.has("ACK")) between.byPorts.set(key, this.#begin(row, between));
    else this.#add(row, open ?? known[0], between);
  }

  /** Of a list that was filtered, the first row of HTTP or of a frame begins one. */
  #takeUnnamed(row: Row, between: Between): void {
    const [first] = between.open;
    if (between.byPorts.size === 0 && !between.unnamed) {
      if (/^(?:HTTP|WebSocket)$/.test(row.protocol)) between.unnamed = this.#begin(row, between);
    } else if (between.open.size < 2) {
      this.#add(row, first, between);
    } else {
      for (const talk of between.unmixed) talk.isMixed = true;
      between.unmixed.clear();
    }
  }

  #begin(row: Row, { open, unmixed }: Between): Talk {
    const talk = new Talk(row);
    this.#all.push(talk);
    open.add(talk);
    unmixed.add(talk);
    return talk;
  }

  #add(row: Row, talk: Talk | undefined, { open, unmixed }: Between): void {
    talk?.take(row);
    if (!talk?.isOver) return;
    open.delete(talk);
    unmixed.delete(talk);
  }
}

/** The same for both directions. */
function portsOf({ source, target, ports = [0, 0] }: Row): string {
  return [`${source} ${ports[0]}`, `${target} ${ports[1]}`].sort().join(" ");
}
