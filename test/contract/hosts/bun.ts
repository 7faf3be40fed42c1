import { bun } from "onesocket/bun";
import { app } from "../../hosts/contract.ts";

declare const Bun: {
  serve(options: object): { readonly port: number; stop(closeConnections: boolean): Promise<void> };
};

const handler = bun(app, { env: { GREETING: "hello" }, proxies: ["127.0.0.2"], compression: true });
const server = Bun.serve({ ...handler, port: 0, hostname: "127.0.0.1" });
console.log(`ready ${server.port}`);
