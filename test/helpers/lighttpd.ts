import { type Foreground, startForeground } from "./foreground.ts";

/** Starts lighttpd with mod_proxy and what stands in its configuration. */
export function startLighttpd(lines: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "lighttpd",
    args: () => ["-D", "-f", "lighttpd.conf"],
    file: "lighttpd.conf",
    configuration: `server.modules = ( "mod_proxy" )
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "/var/empty"
${lines}
`,
    port,
  });
}
