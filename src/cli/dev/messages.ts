/** What a runner tells its command. */
export type Report =
  /** Files that the module is made of. */
  | { readonly files: readonly string[] }
  /** The module can be served: the runner waits for the order to do so. */
  | { readonly loaded: true }
  /** It accepts connections, on this port. */
  | { readonly ready: number }
  /** It has served the module anew by itself. */
  | { readonly reloaded: number }
  /** It could not, and goes on as before. */
  | { readonly broken: string }
  /** It can't serve the module, and ends. */
  | { readonly failed: string };

/** What a command tells its runner. To let go of it means 1001. */
export type Order =
  /** Serve the module, on this port. */
  | { readonly serve: number }
  /** Close the sockets with this code, and end. */
  | { readonly leave: number };
