import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Client, ConnectOptions, Status } from "../../src/client/index.ts";
import { launch } from "../helpers/browser.ts";

/** What a page of these tests has. */
declare global {
  var connect: <Definition = unknown>(url: string | (() => string), options?: ConnectOptions) => Client<Definition>;
  var until: (client: Client, ...states: Status["state"][]) => Promise<Status>;
}

const SCRIPT = `
  import { connect } from "onesocket/client";
  globalThis.connect = connect;
  globalThis.until = async (client, ...states) => {
    while (!states.includes(client.status.state)) {
      await new Promise((resolve) => client.addEventListener("status", resolve, { once: true }));
    }
    return client.status;
  };`;

/** The client as a page loads it, which has it in `connect`. */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    conditions: ["onesocket-source"],
  });
  return outputFiles[0]!.text;
}

/**
 * Chromium that lets pages which were made up connect to this machine: to it they are of no network, and since 2025 such a page has to ask
 * its user (Local Network Access).
 */
export function launchOpen(): Promise<Browser> {
  return launch("--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets");
}

/** A page of this origin that has the client: it is made up in the browser, and all else of the origin is real. */
export async function pageOf(
  context: BrowserContext,
  origin: string,
  headers: Record<string, string> = {},
): Promise<Page> {
  const page = await context.newPage();
  const body = `<!doctype html><title>page</title><script>${await bundle()}</script>`;
  await page.route(`${origin}/page`, (route) => route.fulfill({ contentType: "text/html", headers, body }));
  await page.goto(`${origin}/page`);
  return page;
}

/** Why a page's client has no connection. */
export function reasonIn(page: Page, url: string, options: ConnectOptions = {}): Promise<Status> {
  return page.evaluate(
    async ([target, given]) => {
      const client = connect(target, given);
      const status = await until(client, "waiting", "closed", "open");
      client.close();
      return status;
    },
    [url, options] as const,
  );
}
