import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describe, it } from "vitest";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const HINT = `There is no Chromium at ${PATHS.join(", ")}, and CHROMIUM is not set.`;
const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));

/** Chromium without a window, and without its calls home. */
export function launch(...args: string[]): Promise<Browser> {
  const quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({
    args: [...quiet, "--no-first-run", "--disable-sync", "--disable-quic", ...args],
    ...(executablePath && { executablePath }),
  });
}

/** Tests that need Chromium. Without it, this says so and passes; under CI it must be there. */
export function describeInBrowser(what: string, tests: () => void): void {
  if (executablePath !== undefined || process.env.CI) describe(what, tests);
  else
    it(`${what}: was not looked at, for there is no Chromium here`, () => console.warn(`NOT tested: ${what}. ${HINT}`));
}
