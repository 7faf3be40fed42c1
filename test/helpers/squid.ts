import { type Foreground, startForeground } from "./foreground.ts";

/** Starts Squid with what stands in its squid.conf, `http_port` too. */
export function startSquid(lines: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "squid",
    args: (folder) => ["-N", "-f", `${folder}/squid.conf`],
    file: "squid.conf",
    configuration: `pid_filename none
cache_log /dev/null
access_log none
cache_store_log none
cache deny all
pinger_enable off
netdb_filename none
shutdown_lifetime 0 seconds
visible_hostname localhost
${lines}
`,
    port,
  });
}
