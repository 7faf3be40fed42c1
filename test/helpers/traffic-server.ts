import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { type Foreground, startForeground } from "./foreground.ts";

/** Starts Apache's Traffic Server with what stands in remap.config, and more lines of records.config. */
export function startTrafficServer(remap: string, records: string, port: number): Promise<Foreground> {
  return startForeground({
    command: "traffic_server",
    args: () => [],
    file: "remap.config",
    configuration: `${remap}\n`,
    port,
    env: (folder) => ({
      PROXY_CONFIG_CONFIG_DIR: folder,
      PROXY_CONFIG_LOCAL_STATE_DIR: `${folder}/run`,
      PROXY_CONFIG_LOG_LOGFILE_DIR: `${folder}/run`,
    }),
    prepare(folder) {
      writeFileSync(`${folder}/records.config`, `${recordsOf(port)}${records}\n`);
      writeFileSync(`${folder}/storage.config`, "");
      writeFileSync(`${folder}/ip_allow.yaml`, ALLOW);
      mkdirSync(`${folder}/run`);
      // It does not stay root.
      for (const one of [folder, `${folder}/run`]) chmodSync(one, 0o777);
    },
  });
}

const ALLOW = `ip_allow:
  - apply: in
    ip_addrs: 0/0
    action: allow
    methods: ALL
`;

function recordsOf(port: number): string {
  return `CONFIG proxy.config.http.server_ports STRING ${port}:ip-in=127.0.0.1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.admin.user_id STRING nobody
`;
}
