import { capacityOf, overload } from "../../core/contract/capacity.ts";
import { tellBoth } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import { copied } from "../../core/contract/sendable.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Transport } from "../../core/contract/transport.ts";
import type { Session } from "../../core/session/session.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { failed as failedHandshake } from "../../core/upgrade/failed.ts";
import { type Acceptance, openSession } from "../../core/upgrade/outcome.ts";
import { platform } from "../shared/platform.ts";
import { closeQuietly, ended, failed, sendQuietly, socketPair, switching } from "./socket.ts";
import type { WorkerSocket } from "./types.ts";

/** Opens a socket in the Worker itself: its room is what this isolate holds of it. */
export function openInIsolate(accepted: Acceptance, { host, headers, remoteAddress }: Attempt): Response {
  const { definition } = accepted;
  const capacity = capacityOf(definition);
  const reason = overload(capacity, definition.limits, remoteAddress);
  if (reason) return failedHandshake(reason, host.observe, definition, headers).response;
  const { client, server } = socketPair();
  const socket = new IsolateSocket(server, (error) => tellBoth(definition, host.observe, { type: "error", error }));
  const { env, observe, waitUntil } = host;
  const place = capacity?.reserve(remoteAddress);
  const session = openSession({ ...accepted, place }, socket, { env, observe, waitUntil, platform: socket });
  if (session) waitUntil(socket.run(session));
  return switching(client, accepted.headers, accepted.snapshot.protocol);
}

/**
 * workerd, 2026-11: a socket can be written from its own request only, and a timer ends with the request that set it.
 * What others want is queued here, and done by a loop that runs in the socket's own request.
 */
class IsolateSocket implements Transport, Platform {
  readonly raw: WorkerSocket;
  readonly #tellError: (error: unknown) => void;
  #session: Session | undefined;
  #jobs: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(raw: WorkerSocket, tellError: (error: unknown) => void) {
    this.raw = raw;
    this.#tellError = tellError;
    // Compatibility date 2026-03-17: the default became Blob.
    (raw as { binaryType?: string }).binaryType = "arraybuffer";
  }

  /** Opens the socket, and does its jobs until it is gone and its last handler has ended. Called in the socket's own request. */
  async run(session: Session): Promise<void> {
    this.#session = session;
    this.#listen(session);
    this.raw.accept();
    session.opened();
    for (;;) {
      for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) this.#runJob(job);
      if (this.#ended) return;
      // workerd, 2026-11: a promise made by `new Promise` in optimised code goes on in the request that resolves it, not in its own.
      // V8's fast path leaves out the tag that https://github.com/cloudflare/workerd/pull/806 gives to promises.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #listen(session: Session): void {
    const { raw } = this;
    raw.addEventListener("message", ({ data }) =>
      session.receiveMessage(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)),
    );
    raw.addEventListener("close", (event) => {
      ended(session, raw, event);
      this.#endWhenIdle(session);
    });
    raw.addEventListener("error", ({ error }) => {
      failed(session, error);
      this.#endWhenIdle(session);
    });
  }

  send(data: Message): number {
    const kept = copied(data);
    this.#enqueue(() => sendQuietly(this.raw, kept));
    return 0;
  }

  close(code: number, reason: string): void {
    this.#enqueue(() => closeQuietly(this.raw, code, reason));
  }

  /** workerd, 2026-11: nothing ends a connection at once. */
  terminate(): void {
    this.#enqueue(() => {
      closeQuietly(this.raw);
      if (!this.#session) return;
      this.#session.closed(1006, "", false);
      this.#endWhenIdle(this.#session);
    });
  }

  after(ms: number, run: () => void): () => void {
    let cancel: (() => void) | undefined;
    let cancelled = false;
    this.#enqueue(() => {
      if (!cancelled) cancel = platform.after(ms, run);
    });
    return () => {
      cancelled = true;
      this.#enqueue(() => cancel?.());
    };
  }

  now(): number {
    return platform.now();
  }

  randomId(): string {
    return platform.randomId();
  }

  /** Ends the loop when the session's last handler has ended. */
  #endWhenIdle(session: Session): void {
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    Promise.resolve(session.hooks.idle()).then(end, end);
  }

  /** A job that throws must not end the loop, without which nothing is sent and nothing closed. */
  #runJob(job: () => void): void {
    try {
      job();
    } catch (error) {
      this.#tellError(error);
    }
  }

  #enqueue(job: () => void): void {
    this.#jobs.push(job);
    this.#wake?.();
  }
}
