import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { Hono } from "hono";
import { defineSocket, type } from "onesocket";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Block, pages, ROOT } from "../docs/pages.ts";
import { fileName } from "../docs/programs.ts";
import { describeInBrowser, launch } from "../helpers/browser.ts";
import { NpmProject } from "../helpers/npm-project.ts";

const PACKAGES = ["react@19.3.1", "react-dom@19.3.1", "@types/react@19.3.3", "@types/react-dom@19.3.0"];
const OTHERS = ["vue@3.5.45", "svelte@5.57.3"];

/** Beside what the page of the client shows: a component by each framework that shows its socket's state, and can be taken away. */
const FILES: Readonly<Record<string, string>> = {
  "open.ts": `
import { defineSocket } from "onesocket";
import { type Client, connect } from "onesocket/client";
const chat = defineSocket({ name: "chat", methods: { add: { handle: () => 1 } } });
const backoff = { firstMs: 500, longestMs: 500, spreadMs: 500 };
export type Chat = Client<typeof chat>;
export const open = (): Chat => connect<typeof chat>("/chat", { backoff });
`,
  "react.tsx": `
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { type Chat, open } from "./open.ts";
import { useSocket } from "./use-socket.ts";
import { useStatus } from "./use-status.ts";
const State = ({ socket }: { socket: Chat }) => <p>{useStatus(socket).state}</p>;
function App() {
  const socket = useSocket(open);
  return socket ? <State socket={socket} /> : <p>none</p>;
}
const root = createRoot(document.querySelector("main")!);
root.render(<StrictMode><App /></StrictMode>);
Object.assign(globalThis, { leave: () => root.unmount() });
`,
  "vue.ts": `
import { createApp, defineComponent, h } from "vue";
import { open } from "./open.ts";
import { statusRef } from "./status-ref.ts";
const app = createApp(defineComponent(() => {
  const status = statusRef(open());
  return () => h("p", status.value.state);
}));
app.mount("main");
Object.assign(globalThis, { leave: () => app.unmount() });
`,
  "svelte.ts": `
import { mount, unmount } from "svelte";
import { open } from "./open.ts";
import { statusStore } from "./status-store.ts";
import App from "./App.svelte";
const socket = open();
const app = mount(App, { target: document.querySelector("main")!, props: { socket, status: statusStore(socket) } });
Object.assign(globalThis, { leave: () => unmount(app) });
`,
  "App.svelte": `
<script>
  import { onDestroy } from "svelte";
  const { socket, status } = $props();
  onDestroy(() => socket.close());
</script>
<p>{$status.state}</p>
`,
};

function typescript(folder: string): string {
  const compilerOptions = {
    ...{ module: "esnext", moduleResolution: "bundler", target: "es2024", lib: ["ES2024", "ESNext.Disposable", "DOM"] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, jsx: "react-jsx" },
    ...{ types: [], customConditions: ["onesocket-source"] },
  };
  return JSON.stringify({ compilerOptions, include: [`${folder}/*.ts`, `${folder}/*.tsx`] });
}

/** The files of the page that are not run with its programs. */
function shown(): readonly Block[] {
  const { sections } = pages().find(({ path }) => path === "docs/client.md")!;
  return sections.flatMap(({ blocks }) => blocks).filter(({ mark }) => mark === "not-run");
}

describeInBrowser("a component of a page", () => {
  let project: NpmProject;
  let browser: Browser;
  let server: NodeServer | undefined;
  let page: Page | undefined;
  let script: string;
  let sockets = 0;

  const chat = defineSocket({
    name: "chat",
    methods: { add: { params: type<unknown>(), handle: () => 1 } },
    open() {
      sockets += 1;
    },
    close() {
      sockets -= 1;
    },
  });
  const app = new Hono()
    .get("/", (c) => c.html("<!doctype html><title>page</title><main></main><script src=app.js></script>"))
    .get("/app.js", (c) => c.body(script, 200, { "content-type": "text/javascript" }))
    .get("/chat", (c) => upgrade(c, chat));
  const listen = async (port = 0) => {
    server = await serve(app, { port, hostname: "127.0.0.1" });
    return server;
  };

  beforeAll(async () => {
    project = await NpmProject.install([...PACKAGES, ...OTHERS]);
    for (const [name, text] of Object.entries(FILES)) project.write(name, text);
    for (const block of shown()) project.write(fileName(block)!, block.text);
    project.write("tsconfig.json", typescript(project.folder));
    browser = await launch();
  }, 180_000);

  afterEach(async () => {
    await page?.close();
    await server?.close();
  });

  afterAll(async () => {
    await browser?.close();
    project?.remove();
  });

  /** Of Svelte's components makes what runs. */
  function components(): Plugin {
    const { compile } = createRequire(join(project.folder, "x.js"))("svelte/compiler");
    const load = ({ path }: { path: string }) => ({
      contents: compile(readFileSync(path, "utf8"), { filename: path }).js.code as string,
    });
    return { name: "components", setup: ({ onLoad }) => onLoad({ filter: /\.svelte$/ }, load) };
  }

  async function bundle(entry: string): Promise<string> {
    const { outputFiles } = await build({
      entryPoints: [join(project.folder, entry)],
      bundle: true,
      write: false,
      format: "iife",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"development"', __VUE_OPTIONS_API__: "false" },
      conditions: ["onesocket-source", "browser"],
      plugins: [components()],
    });
    return outputFiles[0]!.text;
  }

  it.each([
    ["React, twice by its strict mode,", "react.tsx"],
    ["Vue", "vue.ts"],
    ["Svelte", "svelte.ts"],
  ])("by %s shows what its socket does, and takes it along when it goes", async (_, entry) => {
    script = await bundle(entry);
    const { url, port } = await listen();
    const opened = await browser.newPage();
    page = opened;
    const errors: unknown[] = [];
    opened.on("pageerror", (error) => errors.push(error));
    await opened.goto(`${url.replace("ws", "http")}/`);
    const shows = (state: string) => opened.waitForFunction((text) => document.body.innerText.trim() === text, state);
    await shows("open");
    await server!.close();
    await shows("waiting");
    await listen(port);
    await shows("open");
    expect(sockets).toBe(1);
    await opened.evaluate("leave()");
    await expect.poll(() => sockets).toBe(0);
    expect(errors).toEqual([]);
  });

  it("is typed strictly as the page shows it", async () => {
    const tsc = promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["-p", project.folder]);
    expect(
      await tsc.then(
        () => "",
        ({ stdout }) => stdout,
      ),
    ).toBe("");
  });
});
