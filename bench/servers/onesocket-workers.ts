/** Two workers of one program, whose rooms span them. */
import { workers } from "onesocket/cluster";
import { serve } from "onesocket/node";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

const { url = "" } = await workers(2, (broker) => serve(definition, { port: 0, hostname: "127.0.0.1", broker }));
ready(Number(new URL(url).port));
