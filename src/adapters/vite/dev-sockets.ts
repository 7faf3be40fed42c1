import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { DevEnvironment, ViteDevServer } from "vite";
import { type Observer, tell } from "../../core/contract/observer.ts";
import type { Target } from "../../core/upgrade/serve.ts";
import { type Handler, handler } from "../node/handler.ts";
import type { AttachOptions } from "../node/options.ts";
import { consoleObserver } from "../shared/console.ts";
import { EntryModule } from "./entry-module.ts";
import type { OnesocketOptions } from "./options.ts";

/** What serves, and what it was made of. */
interface Serving {
  readonly target: Target;
  readonly sockets: Handler;
}

/** The sockets of one development server. */
export class DevSockets {
  readonly #vite: ViteDevServer;
  /** The server's own: one that starts anew puts the next ones in their place. */
  readonly #client: DevEnvironment;
  readonly #options: AttachOptions;
  /** Told of code that can't be loaded. It is not the console, where Vite prints that itself. */
  readonly #loadObserver: Observer;
  readonly #entry: EntryModule;
  /** Answers an upgrade that only Vite could take, and did not. */
  readonly #notFound: Handler;
  readonly #ended: (() => void)[] = [];
  #serving: Serving | undefined;
  #complaint: string | undefined;

  constructor(
    vite: ViteDevServer,
    { entry = "./src/index.ts", export: name = "default", ...options }: OnesocketOptions,
  ) {
    this.#vite = vite;
    this.#client = vite.environments.client;
    this.#options = { ...options, observe: this.#shown(options.observe ?? consoleObserver) };
    this.#loadObserver = this.#shown(options.observe ?? {});
    this.#entry = new EntryModule(vite, entry, name);
    this.#notFound = handler(
      { fetch: () => new Response(NOT_VITES, { status: 404 }) },
      { observe: this.#options.observe },
    );
    const changed = (file: string) => {
      if (this.#entry.isMadeOf(file)) this.#stopServing("the code has changed").catch(this.#tellError);
    };
    for (const event of ["add", "change", "unlink"] as const) vite.watcher.on(event, changed);
  }

  /** A listener of `upgrade`. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (isVites(request)) {
      this.#notFound.upgrade(request, socket, head);
      return;
    }
    // While the code is loaded, nobody else listens.
    const destroy = () => void socket.destroy();
    socket.on("error", destroy);
    this.#sockets()
      .then(({ upgrade }) => upgrade(request, socket, head))
      .catch((error) => {
        destroy();
        this.#tellError(error);
      });
  };

  isOf(environment: unknown): boolean {
    return environment === this.#client;
  }

  whenEnded(listener: () => void): void {
    this.#ended.push(listener);
  }

  async end(): Promise<void> {
    for (const listener of this.#ended.splice(0)) listener();
    await this.#stopServing("the server is closed");
  }

  /** The handler of the code as it is now, which is loaded where it has to be. */
  async #sockets(): Promise<Handler> {
    try {
      return this.#serve(await this.#entry.load());
    } catch (error) {
      this.#complain(error);
      // Answered, and told to an observer that somebody has given, as an app that throws.
      return handler(
        { fetch: () => Promise.reject(error) },
        { ...this.#options, observe: this.#loadObserver, broker: undefined },
      );
    }
  }

  #serve(target: Target): Handler {
    if (this.#serving?.target === target) return this.#serving.sockets;
    // The module has changed, and Vite's watcher did not say so.
    this.#stopServing("the code has changed").catch(this.#tellError);
    const sockets = handler(target, this.#options);
    this.#serving = { target, sockets };
    this.#complaint = undefined;
    return sockets;
  }

  async #stopServing(reason: string): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    await serving?.sockets.drain({ reason });
    await serving?.sockets.close();
  }

  /** What can't be loaded is told once: Vite does so for what the code throws. */
  #complain(error: unknown): void {
    const complaint = `onesocket: ${error}`;
    if (!this.#entry.hasTold(error) && this.#complaint !== complaint) this.#vite.config.logger.error(complaint);
    this.#complaint = complaint;
  }

  readonly #tellError = (error: unknown): void => {
    tell(this.#options.observe as Observer, { type: "error", error, definition: "" });
  };

  /** Tells an observer, and shows errors over the page. */
  #shown(observe: Observer): Observer {
    return (event) => {
      if (event.type === "error" && event.error instanceof Error) {
        this.#vite.ssrFixStacktrace(event.error);
        this.#client.hot.send({ type: "error", err: overlay(event.error) });
      }
      tell(observe, event);
    };
  }
}

/** Vite (8.3, 2026-11) takes those of its clients that offer nothing else. */
function isVites({ headers }: IncomingMessage): boolean {
  return /^vite-(hmr|ping)$/.test(headers["sec-websocket-protocol"] ?? "");
}

const NOT_VITES = "This is for Vite's own WebSocket, which is not at this path.\n";

/** An error as Vite's overlay takes it: one of its plugins' has the place in the source. */
function overlay(error: Error & { id?: string; frame?: string; plugin?: string }) {
  const { message, stack = "", id, frame, plugin } = error;
  return { message, stack, ...(id && { id }), ...(frame && { frame }), ...(plugin && { plugin }) };
}
