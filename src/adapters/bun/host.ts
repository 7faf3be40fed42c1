import { Multicast } from "../../core/rooms/multicast.ts";
import { liveness } from "../../core/session/liveness.ts";
import type { Outcome, Switching } from "../../core/upgrade/outcome.ts";
import { FetchHost, type Reply } from "../shared/fetch-host.ts";
import type { BunServer, BunUpgradeOptions } from "../shared/runtime-types.ts";
import { BunTransport } from "./transport.ts";

/** Stands for the nothing that an app returns when it has upgraded a request by itself. */
export const ANSWERED: Response = new Response(null);

/** The host of a server of Bun's. Bun 1.4.5 (2026-11) refuses frames that come before `upgrade()` unless only microtasks delay it. */
export class BunHost extends FetchHost<BunServer | undefined> {
  readonly liveness: typeof liveness = liveness;
  readonly multicast: typeof Multicast.of = Multicast.of;

  protected peerOf(request: Request, server: BunServer | undefined): string | undefined {
    return server?.requestIP(request)?.address;
  }

  protected override respond(outcome: Outcome, request: Request, server: BunServer | undefined): Reply {
    const response = super.respond(outcome, request, server);
    return response === ANSWERED ? undefined : response;
  }

  protected open(decided: Switching, request: Request, server: BunServer | undefined): Reply {
    if (!server) return this.refused(decided, false, NO_SERVER);
    const { headers = new Headers(), snapshot } = decided;
    // Bun 1.4.5 (2026-11) echoes the client's first offer unless the header is there; an empty one is not sent.
    headers.set("sec-websocket-protocol", snapshot.protocol);
    const options: BunUpgradeOptions = { headers, data: new BunTransport(decided, this, server) };
    try {
      if (server.upgrade(request, options as never)) return undefined;
    } catch (error) {
      // Bun 1.4.5 (2026-11) throws where it was given no `websocket`.
      return this.refused(decided, false, `${error}. ${NO_WEBSOCKET}`);
    }
    return this.refused(decided, request.signal.aborted, COPIED);
  }
}

const NO_SERVER = "Bun's server did not come with the request: pass it on, as in app.fetch(request, server)";
const NO_WEBSOCKET =
  "It is that of onesocket/bun: export default { fetch: app.fetch, websocket }, or export default bun(app) for both";
const COPIED = "Bun upgrades the request that it gave itself, and once: pass on that one, not a copy";
