import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import process from "node:process";

/** The environment of programs that npm does not install: Debian keeps them where a user's PATH does not look. */
export const PROGRAMS: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** Above the last port that fetch refuses (10080), and below those that systems give to connections by themselves (on Linux from 32768 on). */
const PORTS = { first: 10_240, end: 32_768 };

/** A port of 127.0.0.1, with so many in a row, that was free a moment ago, and that nobody gets by chance: who asks for port 0, or connects, has others. */
export async function freePort(row = 1): Promise<number> {
  for (;;) {
    const first = randomInt(PORTS.first, PORTS.end - row);
    const free = await Promise.all(Array.from({ length: row }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
