import { CLOSURE, type SocketDefinition } from "../../core/contract/definition.ts";
import { CLOUDFLARE_FAILURES } from "../../core/contract/failure-texts.ts";
import { addFailures, type Failure, failure } from "../../core/contract/failures.ts";
import { type Observer, tellBoth } from "../../core/contract/observer.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { writeSnapshot } from "../../core/session/snapshot.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { failed } from "../../core/upgrade/failed.ts";
import {
  type Acceptance,
  isSwitching,
  type Outcome,
  type RefusedOpen,
  responseOf,
  type Switching,
} from "../../core/upgrade/outcome.ts";
import { sendable } from "../../core/upgrade/sendable.ts";
import { cloudflareProfile } from "../../core/upgrade/validate.ts";
import { platform } from "../shared/platform.ts";
import type { SentSnapshot } from "./attachment.ts";
import { openInIsolate } from "./isolate.ts";
import type { RoomMap } from "./places.ts";
import { missingObject, objectOf } from "./rooms.ts";
import { closeQuietly, socketPair, switching } from "./socket.ts";
import type { WorkerSocket } from "./types.ts";

addFailures(CLOUDFLARE_FAILURES);

/** The host of a Worker: its requests become attempts, and what was decided goes to an object or stays in the isolate. */
export class WorkerHost {
  readonly #rooms: RoomMap;
  readonly #observe: Observer;

  constructor(rooms: RoomMap, observe: Observer) {
    this.#rooms = rooms;
    this.#observe = observe;
  }

  attempt(request: Request, env: unknown, waitUntil: SessionHost["waitUntil"]): Attempt {
    const headers = servableHeaders(request.headers);
    return {
      host: { env, platform, observe: this.#observe, waitUntil },
      method: request.method,
      url: request.url,
      headers,
      profile: cloudflareProfile(headers),
      remoteAddress: headers.get("cf-connecting-ip") ?? "",
      // Aborts only under the flag enable_request_signal.
      gone: request.signal,
      counting: (definition) => (this.#isIsolated(definition) ? "opened" : "elsewhere"),
      request: () => request,
    };
  }

  /** Carries out what was decided. */
  respond(outcome: Outcome, request: Request, attempt: Attempt): Response | Promise<Response> {
    if (!isSwitching(outcome)) return sendable(responseOf(outcome), this.#observe);
    if (outcome.kind === "refuse") return openRefused(outcome);
    return this.#isIsolated(outcome.definition)
      ? openInIsolate(outcome, attempt)
      : this.#openInObject(outcome, request, attempt);
  }

  #isIsolated({ name }: SocketDefinition): boolean {
    return name === CLOSURE || this.#rooms[name] === "isolate";
  }

  /** `cf` carries the decision: no client can set it, and a route that forwards its request by hand has none (R7). */
  async #openInObject(accepted: Acceptance, request: Request, attempt: Attempt): Promise<Response> {
    const { definition, snapshot, headers } = accepted;
    const { env } = attempt.host;
    const refuse = (reason: Failure) => failed(reason, this.#observe, definition, attempt.headers).response;
    try {
      const place = this.#rooms[definition.name];
      const object = objectOf(env, place, snapshot.room, snapshot.id);
      if (!object) return refuse(failure("ROOMS_UNMAPPED", missingObject(definition.name, this.#rooms, env)));
      const { cf } = request as { cf?: Record<string, unknown> };
      const response = await object.fetch(request, { cf: { ...cf, onesocket: sentDecision(accepted) } });
      const { webSocket } = response as { webSocket?: WorkerSocket };
      if (webSocket && typeof place === "object") await place.joined(object, response, webSocket);
      return webSocket ? switching(webSocket, headers, snapshot.protocol) : response;
    } catch (error) {
      tellBoth(definition, this.#observe, { type: "error", error });
      const { overloaded } = error as { overloaded?: boolean };
      return refuse(failure(overloaded ? "OVERLOADED" : "HANDLER_ERROR"));
    }
  }
}

function sentDecision({ snapshot, definition }: Switching): string {
  return writeSnapshot<SentSnapshot>({ ...snapshot, definition: definition.name });
}

/** workerd, 2026-11: a 101 needs `Upgrade: websocket` exactly. A list is shown as what it comes to: not websocket. */
function servableHeaders(headers: Headers): Headers {
  const upgrade = headers.get("upgrade");
  if (!upgrade?.includes(",")) return headers;
  const shown = new Headers(headers);
  shown.set("upgrade", upgrade.replaceAll(",", ";"));
  return shown;
}

/** Opens to close with a code. No object is made for it. */
function openRefused({ refusal, headers, snapshot }: RefusedOpen): Response {
  const { client, server } = socketPair();
  server.accept();
  closeQuietly(server, refusal.code, refusal.reason);
  return switching(client, headers, snapshot.protocol);
}
