import { type Foreground, startForeground } from "./foreground.ts";

/** Starts h2o in front of a port of 127.0.0.1, with lines at its one path. */
export function startH2o(lines: string, port: number, backend: number): Promise<Foreground> {
  return startForeground({
    command: "h2o",
    args: (folder) => ["-c", `${folder}/h2o.conf`],
    file: "h2o.conf",
    configuration: `listen:
  host: 127.0.0.1
  port: ${port}
user: ${process.getuid?.() === 0 ? "root" : process.env.USER}
hosts:
  default:
    paths:
      "/":
        proxy.reverse.url: "http://127.0.0.1:${backend}/"
${lines.replace(/^/gm, "        ")}
`,
    port,
  });
}
