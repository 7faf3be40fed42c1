/**
 * The built-in module as far as the adapter uses it, for the library's own build. It is not published: a program
 * on Cloudflare has the official declaration, from `wrangler types` or `@cloudflare/workers-types`.
 */
declare module "cloudflare:workers" {
  type WorkerSocket = import("./types.ts").WorkerSocket;
  export abstract class DurableObject<Env = unknown> {
    protected ctx: import("./types.ts").ObjectState;
    protected env: Env;
    constructor(ctx: import("./types.ts").ObjectState, env: Env);
    fetch?(request: Request): Response | Promise<Response>;
    alarm?(): void | Promise<void>;
    webSocketMessage?(socket: WorkerSocket, data: string | ArrayBuffer): void | Promise<void>;
    webSocketClose?(socket: WorkerSocket, code: number, reason: string, wasClean: boolean): void | Promise<void>;
    webSocketError?(socket: WorkerSocket, error: unknown): void | Promise<void>;
  }
}
