import { durableRoom, worker } from "onesocket/cloudflare";
import { obey, observe, ordersOf, targetOf } from "../../attacks/definition.ts";

const target = targetOf();
const served = worker(target, { rooms: { target: "TARGET" }, observe });

export class Target extends durableRoom(target, { observe }) {}

export default {
  fetch(request: Request, env: unknown, context: Parameters<typeof served.fetch>[2]): Promise<Response> {
    if (new URL(request.url).pathname.startsWith("/control/")) return obey(ordersOf(target, env), request);
    return served.fetch(request, env, context);
  },
};
