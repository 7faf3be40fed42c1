import { bun } from "onesocket/bun";
import { app, observe } from "./app.ts";

declare const Bun: { serve(options: object): { readonly port: number } };

const server = Bun.serve({ ...bun(app, { observe }), port: 0, hostname: "127.0.0.1" });
console.log(`ready ${server.port}`);
