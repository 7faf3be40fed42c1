import { worker } from "onesocket/cloudflare";
import { app, definitions, misled, twins } from "../contract.ts";

export default worker(app, {
  rooms: Object.fromEntries(
    [...Object.keys(definitions), twins[0].name, misled.name, "reloaded"].map((name) => [name, "isolate"]),
  ),
});
