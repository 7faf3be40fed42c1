import { bun } from "onesocket/bun";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

declare const Bun: { serve(options: object): { readonly port: number } };

ready(Bun.serve({ ...bun(definition), port: 0, hostname: "127.0.0.1" }).port);
