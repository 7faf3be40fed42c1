import { worker } from "onesocket/cloudflare";
import { app, definitions } from "../../hosts/contract.ts";

export default worker(app, {
  rooms: Object.fromEntries(Object.keys(definitions).map((name) => [name, "isolate"])),
});
