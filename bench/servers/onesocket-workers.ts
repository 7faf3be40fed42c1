/** Two workers of one program, whose rooms span them; with the word "apart", each has rooms of its own: what the machine makes of two processes. */
import { workers } from "onesocket/cluster";
import { serve } from "onesocket/node";
import { definition } from "./definition.ts";
import { ready, wanted } from "./ready.ts";

const { url = "" } = await workers(2, (broker) =>
  serve(definition, { port: 0, hostname: "127.0.0.1", broker: wanted.apart ? undefined : broker }),
);
ready(Number(new URL(url).port));
