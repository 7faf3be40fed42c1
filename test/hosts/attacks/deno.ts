import { deno } from "onesocket/deno";
import { obey, observe, ordersOf, targetOf } from "../../attacks/definition.ts";

declare const Deno: { serve(options: object, fetch: unknown): { readonly addr: { readonly port: number } } };

const target = targetOf();
const orders = ordersOf(target);
const address = { port: 0, hostname: "127.0.0.1", onListen() {} };
console.log(`control ${Deno.serve(address, (request: Request) => obey(orders, request)).addr.port}`);
console.log(`ready ${Deno.serve(address, deno(target, { observe }).fetch).addr.port}`);
