import { type DocHandle, ImmutableString, Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import ShareDB from "sharedb/lib/client/index.js";
import { createMergeableStore } from "tinybase";
import { createWsSynchronizer } from "tinybase/synchronizers/synchronizer-ws-client";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { type Closed, type Connect, type LibraryClient, Sockets, until } from "../client.ts";

/** One of two clients that have the same document: a text under each key. */
interface Copy {
  set(key: string, text: string): unknown;
  get(key: string): string | undefined;
  /** Calls `look` whenever something may have changed. */
  changed(look: () => void): unknown;
  closed(): Promise<Closed>;
  reconnect?(): unknown;
  end(): unknown;
}

/** Two documents in step: what one says the other sees, and repeats. */
function inStep(one: Copy, other: Copy): LibraryClient {
  const { reconnect } = one;
  return {
    async say(text) {
      one.set("said", text);
      await until(() => other.get("said") === text, other.changed);
      other.set("heard", text);
      await until(() => one.get("heard") === text, one.changed);
      return one.get("heard");
    },
    closed: () => one.closed(),
    ...(reconnect && {
      async reconnect() {
        await reconnect();
        await other.reconnect?.();
      },
    }),
    async end() {
      await one.end();
      await other.end();
    },
  };
}

function copyOf(doc: Y.Doc, sockets: Sockets, end: () => unknown): Copy {
  const texts = doc.getMap<string>("texts");
  return {
    set: (key, text) => texts.set(key, text),
    get: (key) => texts.get(key),
    changed: (look) => texts.observe(look),
    closed: () => sockets.closed(),
    end,
  };
}

export const yWebsocket: Connect = (url) => {
  const copy = () => {
    const sockets = new Sockets();
    const doc = new Y.Doc();
    const [, server = "", name = ""] = /^(.*)\/(.*)$/.exec(url)!;
    const options = { WebSocketPolyfill: sockets.Class as never, disableBc: true, maxBackoffTime: 100 };
    const provider = new WebsocketProvider(server, name, doc, options);
    return copyOf(doc, sockets, () => provider.destroy());
  };
  return inStep(copy(), copy());
};

export const hocuspocus: Connect = (url) => {
  const copy = () => {
    const sockets = new Sockets();
    const document = new Y.Doc();
    const websocketProvider = new HocuspocusProviderWebsocket({
      url,
      WebSocketPolyfill: sockets.Class,
      delay: 20,
      minDelay: 20,
    });
    const provider = new HocuspocusProvider({ websocketProvider, document, name: new URL(url).pathname });
    provider.attach();
    return copyOf(document, sockets, () => {
      provider.destroy();
      websocketProvider.destroy();
    });
  };
  return inStep(copy(), copy());
};

/** What its types leave out. */
interface Bound {
  bindToSocket(socket: unknown): void;
}

export const shareDb: Connect = async (url) => {
  const copy = async (): Promise<Copy> => {
    const sockets = new Sockets();
    const connection = new ShareDB.Connection(new sockets.Class(url) as never);
    const doc = connection.get("documents", url);
    await new Promise<void>((resolve, reject) => doc.subscribe((error) => (error ? reject(error) : resolve())));
    if (doc.type === null)
      await new Promise<void>((resolve, reject) => doc.create({}, (error) => (error ? reject(error) : resolve())));
    return {
      set: (key, text) => doc.submitOp([{ p: [key], oi: text, od: doc.data[key] }]),
      get: (key) => doc.data?.[key],
      changed: (look) => doc.on("op", look),
      closed: () => sockets.closed(),
      async reconnect() {
        await until(
          () => connection.state === "disconnected",
          (look) => connection.on("state", look),
        );
        (connection as unknown as Bound).bindToSocket(new sockets.Class(url));
      },
      end: () => connection.close(),
    };
  };
  return inStep(await copy(), await copy());
};

export const tinyBase: Connect = async (url) => {
  const copy = async (): Promise<Copy> => {
    const sockets = new Sockets();
    const store = createMergeableStore();
    const synchronise = async () => {
      const synchronizer = await createWsSynchronizer(store, new sockets.Class(url) as never);
      await synchronizer.startSync();
      return synchronizer;
    };
    let synchronizer = await synchronise();
    return {
      set: (key, text) => store.setValue(key, text),
      get: (key) => store.getValue(key) as string | undefined,
      changed: (look) => store.addValuesListener(look),
      closed: () => sockets.closed(),
      async reconnect() {
        await synchronizer.destroy();
        synchronizer = await synchronise();
      },
      end: () => synchronizer.destroy(),
    };
  };
  return inStep(await copy(), await copy());
};

export const automerge: Connect = async (url) => {
  type Texts = Record<string, ImmutableString>;
  const copy = async (
    open: (repo: Repo) => DocHandle<Texts> | Promise<DocHandle<Texts>>,
  ): Promise<[Copy, DocHandle<Texts>]> => {
    const sockets = new Sockets();
    const adapter = new WebSocketClientAdapter(url, 100);
    const repo = new Repo({ network: [adapter] });
    await repo.networkSubsystem.whenReady();
    const handle = await open(repo);
    const copy: Copy = {
      set: (key, text) => handle.change((doc) => Object.assign(doc, { [key]: new ImmutableString(text) })),
      get: (key) => handle.doc()[key]?.val,
      changed: (look) => handle.on("change", look),
      closed() {
        adapter.socket?.addEventListener("close", ({ code, reason }) => sockets.note([code, reason]));
        return sockets.closed();
      },
      end() {
        // automerge-repo 2.5.6 (2026-11): it would come back after its shutdown, as a peer that answers nobody.
        Object.assign(adapter, { retryInterval: 2 ** 31 - 1 });
        return repo.shutdown();
      },
    };
    return [copy, handle];
  };
  const [one, handle] = await copy((repo) => repo.create<Texts>({}));
  const [other] = await copy((repo) => repo.find<Texts>(handle.url));
  return inStep(one, other);
};
