import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describeWhere } from "./needs.ts";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const HINT = `there is no Chromium at ${PATHS.join(", ")}, and CHROMIUM is not set: apt-get install chromium`;
const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));

/** Chromium without a window, and without its calls home. */
export function launch(...args: string[]): Promise<Browser> {
  const quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({
    args: [...quiet, "--no-first-run", "--disable-sync", "--disable-quic", ...args],
    ...(executablePath && { executablePath }),
  });
}

/** Tests that need Chromium. */
export function describeInBrowser(what: string, tests: () => void): void {
  describeWhere(executablePath !== undefined, HINT, what, tests);
}
