/** Serves in three processes of this machine; members are shown one another with the process that each is in. */
import { defineSocket } from "onesocket";
import { workers } from "onesocket/cluster";
import { serve } from "onesocket/node";

const seen = defineSocket({
  name: "seen",
  origins: "*",
  upgrade: (request) => ({ state: { name: new URL(request.url).searchParams.get("name") ?? "" } }),
  presence: ({ name }) => ({ name, pid: process.pid }),
});

export type SeenWorkers = typeof seen;

const crew = await workers(3, (broker) => serve(seen, { port: 0, hostname: "127.0.0.1", broker, observe: {} }));
console.log(`ready ${crew.url}`);
