import { worker } from "onesocket/cloudflare";
import { app } from "./app.ts";

export default worker(app, { rooms: { view: "isolate", awake: "isolate", trpc: "isolate", graphql: "isolate" } });
