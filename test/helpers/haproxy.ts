import { type Foreground, startForeground } from "./foreground.ts";

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
