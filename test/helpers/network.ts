import { execFileSync } from "node:child_process";

const IP = "/usr/sbin/ip";

/**
 * A network of its own on this machine: a client's end, a server's, and a router between them, each a network namespace of Linux. What the
 * router does not forward is gone, and nobody is told: no FIN, no RST.
 */
export class Network {
  /** The server's address. */
  readonly address = "10.77.2.2";
  readonly #names = ["client", "router", "server"].map((end) => `onesocket-${process.pid}-${end}`);

  /** Throws what `ip` says where this user may not, or there is no `ip`. */
  constructor() {
    try {
      this.#build();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #build(): void {
    const [client, router, server] = this.#names as [string, string, string];
    for (const name of this.#names) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    for (const [end, net] of [
      [client, "10.77.1"],
      [server, "10.77.2"],
    ] as const) {
      const near = `to-${net.at(-1)}`;
      ip("-n", router, "link", "add", near, "type", "veth", "peer", "name", "out", "netns", end);
      ip("-n", router, "address", "add", `${net}.1/24`, "dev", near);
      ip("-n", router, "link", "set", near, "up");
      ip("-n", end, "address", "add", `${net}.2/24`, "dev", "out");
      ip("-n", end, "link", "set", "out", "up");
      ip("-n", end, "route", "add", "default", "via", `${net}.1`);
    }
    this.forward(true);
  }

  /** Whether packets pass. */
  forward(passes: boolean): void {
    ip("netns", "exec", this.#names[1]!, "sh", "-c", `echo ${Number(passes)} > /proc/sys/net/ipv4/ip_forward`);
  }

  /** What to put before a command that is to be run at one end. */
  at(end: "client" | "server"): readonly [command: string, ...args: string[]] {
    return [IP, "netns", "exec", this.#names[end === "client" ? 0 : 2]!];
  }

  remove(): void {
    for (const name of this.#names) {
      try {
        ip("netns", "delete", name);
      } catch {
        // It was never made.
      }
    }
  }
}

/** Whether this user may make namespaces, with what says no. */
export function mayNetwork(): { readonly may: boolean; readonly hint: string } {
  try {
    new Network().remove();
    return { may: true, hint: "" };
  } catch (error) {
    return { may: false, hint: `no network namespaces here (Linux, root, iproute2): ${String(error).split("\n")[0]}` };
  }
}

function ip(...args: string[]): void {
  execFileSync(IP, args, { stdio: ["ignore", "ignore", "pipe"] });
}
