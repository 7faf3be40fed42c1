import { deno } from "onesocket/deno";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

declare const Deno: { serve(options: object, handler: unknown): unknown };

const onListen = ({ port }: { port: number }) => ready(port);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, deno(definition).fetch);
