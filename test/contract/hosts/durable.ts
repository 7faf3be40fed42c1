import { durableRoom, worker } from "onesocket/cloudflare";
import { app, definitions } from "../../hosts/contract.ts";

export class Main extends durableRoom(definitions.main) {}
export class Echo extends durableRoom(definitions.echo) {}
export class Small extends durableRoom(definitions.small) {}
export class Gated extends durableRoom(definitions.gated) {}
export class Hurried extends durableRoom(definitions.hurried) {}
export class Counted extends durableRoom(definitions.counted) {}
export class Versions extends durableRoom(definitions.versions) {}
export class Strict extends durableRoom(definitions.strict) {}
export class Friends extends durableRoom(definitions.friends) {}
export class Anyone extends durableRoom(definitions.anyone) {}
export class Faulty extends durableRoom(definitions.faulty) {}
export class Careful extends durableRoom(definitions.careful) {}
export class Slow extends durableRoom(definitions.slow) {}
export class Packed extends durableRoom(definitions.packed) {}

interface Namespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

// What an app must be able to do without letting its clients forge anything.
app.get("/forward/:room", (c) => {
  const { MAIN } = c.env as unknown as { MAIN: Namespace };
  return MAIN.get(MAIN.idFromName(c.req.param("room"))).fetch(c.req.raw);
});

/** Each definition's binding is its name in capitals. */
export default worker(app, {
  rooms: Object.fromEntries(Object.keys(definitions).map((name) => [name, name.toUpperCase()])),
});
