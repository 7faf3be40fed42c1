import { deno } from "onesocket/deno";
import { app, observe } from "./app.ts";

declare const Deno: { serve(options: object, handler: unknown): unknown };

const onListen = ({ port }: { port: number }) => console.log(`ready ${port}`);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, deno(app, { observe }).fetch);
