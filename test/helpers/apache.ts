import { existsSync } from "node:fs";
import process from "node:process";
import { type Foreground, startForeground } from "./foreground.ts";

/** Where Debian's apache2-bin keeps its modules. */
const MODULES = "/usr/lib/apache2/modules";
const NEEDED = ["mpm_event", "authz_core", "proxy", "proxy_http"];

/** Starts Apache's httpd with what stands in its main configuration, virtual hosts for instance. */
export function startApache(configuration: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "apache2",
    args: (folder) => ["-d", folder, "-f", "apache.conf", "-D", "FOREGROUND"],
    file: "apache.conf",
    configuration: `${prelude(port)}\n${configuration}`,
    port,
  });
}

function prelude(port: number): string {
  const load = NEEDED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  // As root it must be told whom to become.
  const user = process.getuid?.() === 0 && existsSync("/etc/passwd") ? ["User nobody", "Group nogroup"] : [];
  const own = ["PidFile apache.pid", `ErrorLog "|/bin/cat"`, "ServerName localhost", `Listen 127.0.0.1:${port}`];
  return [...load, ...user, ...own, "Mutex posixsem"].join("\n");
}
