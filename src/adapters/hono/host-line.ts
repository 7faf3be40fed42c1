import { CLOSURE } from "../../core/contract/definition.ts";

/** What gives an app a host, on the runtime that this runs on: for the console, where a route found none. */
export function hostLine(definition: string): string {
  return `no host serves this app: ${lineOf(definition)}`;
}

function lineOf(definition: string): string {
  if ("Bun" in globalThis) return "export default { port: 3000, ...bun(app) }, with bun of onesocket/bun";
  if ("Deno" in globalThis)
    return "export default deno(app), or Deno.serve(deno(app).fetch), with deno of onesocket/deno";
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") {
    const rooms = definition === CLOSURE ? "" : `, { rooms: { ${JSON.stringify(definition)}: "BINDING" } }`;
    return `export default worker(app${rooms}), with worker of onesocket/cloudflare`;
  }
  return "await serve(app, { port: 3000 }), or attach(server, app) where a server is there already, of onesocket/node";
}
