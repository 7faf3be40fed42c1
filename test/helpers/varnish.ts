import { type Foreground, startForeground } from "./foreground.ts";

/** Starts Varnish with a whole VCL; `commands` are given to its command line once it runs. */
export function startVarnish(vcl: string, port: number, commands: readonly string[] = []): Promise<Foreground> {
  // It takes its parameters as options too.
  const parameters = commands.flatMap((command) => {
    const [, name, value] = /^param\.set (\S+) (\S+)$/.exec(command) ?? [];
    return name === undefined ? [] : ["-p", `${name}=${value}`];
  });
  const listening = ["-F", "-j", "none", "-a", `127.0.0.1:${port}`, "-f"];
  return startForeground({
    command: "varnishd",
    args: (folder) => [...listening, `${folder}/default.vcl`, "-n", `${folder}/work`, "-s", "malloc,8m", ...parameters],
    file: "default.vcl",
    configuration: vcl,
    port,
  });
}
