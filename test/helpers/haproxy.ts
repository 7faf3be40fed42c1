import { type Foreground, startForeground } from "./foreground.ts";

/** What a configuration for HTTP begins with. */
export const HTTP_DEFAULTS = `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
`;

/** Starts HAProxy with a whole configuration. */
export function startHaproxy(configuration: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "haproxy",
    args: () => ["-db", "-f", "haproxy.cfg"],
    file: "haproxy.cfg",
    configuration,
    port,
  });
}
