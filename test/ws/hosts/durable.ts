import { durableRoom, worker } from "onesocket/cloudflare";
import { app, awake, graphql, trpc, view } from "./app.ts";

export class View extends durableRoom(view) {}
export class Awake extends durableRoom(awake) {}
export class Trpc extends durableRoom(trpc) {}
export class Graphql extends durableRoom(graphql) {}

export default worker(app, { rooms: { view: "VIEW", awake: "AWAKE", trpc: "TRPC", graphql: "GRAPHQL" } });
