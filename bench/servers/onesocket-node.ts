import { serve } from "onesocket/node";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

const { port } = await serve(definition, { port: 0, hostname: "127.0.0.1" });
ready(port);
