import type { Browser, Page } from "playwright-core";
import { launch } from "../browser.ts";
import type { Driven } from "./driven.ts";

/** Chromium, by Playwright. */
export class Chromium implements Driven {
  readonly version: string;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.version = `Chromium ${browser.version()}`;
    this.#browser = browser;
    this.#page = page;
  }

  /** `insecure`: takes certificates that nobody has signed. */
  static async launch({ insecure = false } = {}): Promise<Chromium> {
    const browser = await launch(...(insecure ? ["--ignore-certificate-errors"] : []));
    return new Chromium(browser, await browser.newPage({ ignoreHTTPSErrors: insecure }));
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  async evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    return (await this.#page.evaluate(run as never, argument as never)) as Result;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
