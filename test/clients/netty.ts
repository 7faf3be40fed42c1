import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const JARS = "/usr/share/java";

/** Debian's files of Netty, and no JZlib, which few have beside it. */
export function nettyJars(): readonly string[] {
  const parts = ["common", "buffer", "transport", "codec", "codec-http", "handler", "resolver"];
  const names = existsSync(JARS) ? readdirSync(JARS) : [];
  return names.filter((name) => parts.some((part) => new RegExp(`^netty-${part}-\\d`).test(name)));
}

/** What Java looks for classes in: Netty, and these folders before it. */
export function nettyClassPath(...folders: readonly string[]): string {
  return [...folders, ...nettyJars().map((name) => join(JARS, name))].join(":");
}
