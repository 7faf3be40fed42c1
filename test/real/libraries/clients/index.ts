import type { Connect } from "../client.ts";
import type { LibraryName } from "../matrix.ts";
import { capnweb, graphql, languageServer, mqttBroker, orpc, socketIo, trpc } from "./calls.ts";
import { automerge, hocuspocus, shareDb, tinyBase, yWebsocket } from "./documents.ts";

/** Each library's own client. */
export const CLIENTS: Readonly<Record<LibraryName, Connect>> = {
  graphql,
  trpc,
  orpc,
  capnweb,
  "y-websocket": yWebsocket,
  hocuspocus,
  sharedb: shareDb,
  tinybase: tinyBase,
  automerge,
  mqtt: mqttBroker,
  "socket-io": socketIo,
  "vscode-ws-jsonrpc": languageServer,
};
