import type { Server } from "node:http";
import type { Plugin, ViteDevServer } from "vite";
import { DevSockets } from "./dev-sockets.ts";
import { checkOptions, type OnesocketOptions } from "./options.ts";

export type { OnesocketOptions } from "./options.ts";

/**
 * A plugin for Vite's development server: it opens the WebSockets of an app's routes, or of a definition, beside Vite's own, which
 * are left alone. What `entry` exports is loaded at the first handshake, by the same loader as `@hono/vite-dev-server` has, so that
 * both see one app and its rooms. When one of its files changes its sockets are closed with 1012, and clients that come back meet
 * the new code. An app that can't be loaded, and what its hooks throw, is shown as Vite shows errors: on the console, with the
 * lines of the source, and over the page. It takes no part in builds. Throws a TypeError for options that make no sense.
 */
export function onesocket<Env = unknown>(options: OnesocketOptions<Env> = {}): Plugin {
  checkOptions(options);
  const running = new Set<DevSockets>();
  return {
    name: "onesocket",
    apply: "serve",
    // An app's `upgrade` and its host know each other's requests: Vite would make a second copy of a library that is linked.
    config: () => ({ ssr: { external: ["onesocket"] } }),
    configureServer(vite) {
      const server = serverOf(vite);
      if (!server) {
        vite.config.logger.warn(NO_SERVER);
        return;
      }
      const sockets = new DevSockets(vite, options as OnesocketOptions);
      running.add(sockets);
      server.on("upgrade", sockets.upgrade);
      sockets.whenEnded(() => {
        running.delete(sockets);
        server.off("upgrade", sockets.upgrade);
      });
    },
    // A server that starts anew has sockets of its own by then.
    async buildEnd() {
      for (const sockets of running) if (sockets.isOf(this.environment)) await sockets.end();
    },
  };
}

/** Vite's own, or the one that it is in the middle of. */
function serverOf({ httpServer, config }: ViteDevServer): Server | undefined {
  const { middlewareMode } = config.server;
  const own = typeof middlewareMode === "object" ? middlewareMode.server : undefined;
  return (httpServer ?? own) as Server | undefined;
}

const NO_SERVER =
  "onesocket: Vite has no server here to take WebSockets from: give it yours, server: { middlewareMode: { server } }";
