import { type Foreground, startForeground } from "./foreground.ts";

/** Starts Caddy with the sites of a Caddyfile. */
export function startCaddy(sites: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "caddy",
    args: () => ["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
    file: "Caddyfile",
    configuration: `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n${sites}`,
    port,
  });
}
