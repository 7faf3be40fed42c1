import type { RuntimeName } from "../../contract/runtime.ts";

/** Why a library does not run on a runtime. */
export interface Absence {
  /** In the words of the page. */
  readonly because: string;
  /** What is seen when it is tried. */
  readonly shows: RegExp;
}

/** A library whose server runs behind ours. */
export interface Library {
  /** As the page calls it. */
  readonly title: string;
  /** The packages of its server and its client. */
  readonly packages: readonly string[];
  /** The room of its sockets on a path of the test's, where it is not the default one. */
  readonly room?: (path: string) => string;
  /** What a runtime has to be told for it: a permission of Deno, a compatibility flag of a Worker. */
  readonly needs?: Partial<Readonly<Record<RuntimeName, string>>>;
  readonly cannot?: Partial<Readonly<Record<RuntimeName, Absence>>>;
}

/** What a Worker has of Node, such as Buffer. */
const NODE = { workers: "nodejs_compat", durable: "nodejs_compat" } as const;

/** By the name of the program on the page, without `.ts`. All that run are asked of their runtimes; those that can't have to fail as it says. */
export const LIBRARIES = {
  graphql: { title: "GraphQL", packages: ["graphql-ws"], needs: NODE },
  trpc: { title: "tRPC", packages: ["@trpc/server", "@trpc/client"], needs: NODE },
  orpc: { title: "oRPC", packages: ["@orpc/server", "@orpc/client"] },
  capnweb: { title: "Cap'n Web", packages: ["capnweb"] },
  "y-websocket": {
    title: "Yjs: y-websocket",
    packages: ["@y/websocket-server", "y-websocket"],
    room: (path) => path,
    needs: { ...NODE, deno: "--allow-ffi" },
  },
  hocuspocus: { title: "Yjs: Hocuspocus", packages: ["@hocuspocus/server", "@hocuspocus/provider"], needs: NODE },
  sharedb: { title: "ShareDB", packages: ["sharedb", "@teamwork/websocket-json-stream"], needs: NODE },
  tinybase: { title: "TinyBase", packages: ["tinybase"], needs: NODE },
  automerge: {
    title: "Automerge",
    packages: ["@automerge/automerge-repo", "@automerge/automerge-repo-network-websocket"],
  },
  mqtt: { title: "MQTT", packages: ["aedes", "mqtt"], needs: NODE },
  "socket-io": { title: "Socket.IO", packages: ["socket.io", "engine.io", "socket.io-client"], needs: NODE },
  "vscode-ws-jsonrpc": { title: "Language servers", packages: ["vscode-ws-jsonrpc"] },
} as const satisfies Readonly<Record<string, Library>>;

export type LibraryName = keyof typeof LIBRARIES;

export function libraryOf(name: LibraryName): Library {
  return LIBRARIES[name];
}
