import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";

/** The environment of programs that npm does not install: Debian keeps them where a user's PATH does not look. */
export const PROGRAMS: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
