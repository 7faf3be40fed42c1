import { existsSync } from "node:fs";
import { describeInBrowser } from "../browser.ts";
import { describeWhere } from "../needs.ts";
import { Chromium } from "./chromium.ts";
import type { Driven } from "./driven.ts";
import { Firefox } from "./firefox.ts";
import { WebKit } from "./webkit.ts";

export type { Driven } from "./driven.ts";

/** The engines that there are, each by a browser of Debian's. */
export type BrowserName = "Chromium" | "Firefox" | "WebKitGTK";

/** How a browser is started: `insecure`: it takes certificates that nobody has signed. */
export type Launch = (options?: { readonly insecure?: boolean }) => Promise<Driven>;

const LAUNCH: Readonly<Record<BrowserName, Launch>> = {
  Chromium: (options) => Chromium.launch(options),
  Firefox: (options) => Firefox.launch(options),
  WebKitGTK: (options) => WebKit.launch(options),
};

/** Tests for each browser that there is. */
export function describeInBrowsers(what: string, tests: (name: BrowserName, launch: Launch) => void): void {
  describeInBrowser(`${what}, in Chromium`, () => tests("Chromium", LAUNCH.Chromium));
  describeInFirefox(`${what}, in Firefox`, () => tests("Firefox", LAUNCH.Firefox));
  describeInWebKit(`${what}, in WebKitGTK`, () => tests("WebKitGTK", LAUNCH.WebKitGTK));
}

/** Tests that need Firefox. */
export function describeInFirefox(what: string, tests: () => void): void {
  describeHaving(["firefox-esr"], "firefox-esr", what, tests);
}

/** Tests that need WebKitGTK, its driver, and a screen for it. */
export function describeInWebKit(what: string, tests: () => void): void {
  describeHaving(["WebKitWebDriver", "Xvfb"], "webkit2gtk-driver xvfb", what, tests);
}

function describeHaving(commands: readonly string[], packages: string, what: string, tests: () => void): void {
  // Not by running them: some of them would begin to serve.
  const missing = commands.filter((command) => !existsSync(`/usr/bin/${command}`));
  const hint = `${missing.join(" and ")} not installed: apt-get install ${packages}`;
  describeWhere(missing.length === 0, hint, what, tests);
}
