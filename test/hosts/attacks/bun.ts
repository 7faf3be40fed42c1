import { bun } from "onesocket/bun";
import { obey, observe, ordersOf, targetOf } from "../../attacks/definition.ts";

declare const Bun: { serve(options: object): { readonly port: number } };

const target = targetOf();
const orders = ordersOf(target);
const address = { port: 0, hostname: "127.0.0.1" };
console.log(`control ${Bun.serve({ ...address, fetch: (request: Request) => obey(orders, request) }).port}`);
console.log(`ready ${Bun.serve({ ...bun(target, { observe }), ...address }).port}`);
