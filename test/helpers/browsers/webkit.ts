import { readdirSync } from "node:fs";
import { freePort } from "../programs.ts";
import { type Driven, expression, Program, result } from "./driven.ts";

/** Where Debian keeps the browser that comes with the library. */
const LIBRARIES = "/usr/lib";
const MINI = "webkit2gtk-4.1/MiniBrowser";

/** WebKitGTK's MiniBrowser, by WebDriver, on a screen that nobody sees. */
export class WebKit implements Driven {
  readonly version: string;
  readonly #programs: readonly Program[];
  readonly #session: string;

  private constructor(programs: readonly Program[], session: string, version: string) {
    this.#programs = programs;
    this.#session = session;
    this.version = version;
  }

  /** `insecure`: takes certificates that nobody has signed. */
  static async launch({ insecure = false } = {}): Promise<WebKit> {
    const screen = new Program("Xvfb", () => ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]);
    const programs = [screen];
    try {
      const DISPLAY = `:${await screen.says(/^(\d+)$/)}`;
      const port = await freePort();
      const driver = new Program("WebKitWebDriver", () => [`--port=${port}`], { DISPLAY, NO_AT_BRIDGE: "1" });
      programs.unshift(driver);
      const url = `http://127.0.0.1:${port}/session`;
      const { sessionId, capabilities } = await started(url, insecure);
      await command(`${url}/${sessionId}/timeouts`, { script: 300_000 });
      return new WebKit(programs, `${url}/${sessionId}`, `WebKitGTK ${capabilities.browserVersion}`);
    } catch (error) {
      for (const program of programs) await program.stop();
      throw error;
    }
  }

  async goto(url: string): Promise<void> {
    await command(`${this.#session}/url`, { url });
    // The driver waits for the document, and not for its modules.
    await this.evaluate(() => {
      const isLoaded = document.readyState === "complete";
      return isLoaded ? null : new Promise((resolve) => addEventListener("load", () => resolve(null)));
    });
  }

  async evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    const script = `const done = arguments[0];
      ${expression(run as never, argument)}.then((value) => done([value]), (error) => done([null, String(error)]));`;
    const [json, error] = await command<[string, string?]>(`${this.#session}/execute/async`, { script, args: [] });
    if (error) throw new Error(error);
    return result(json);
  }

  async close(): Promise<void> {
    await command(this.#session, undefined, "DELETE").catch(() => {});
    for (const program of this.#programs) await program.stop();
  }
}

interface Started {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

/** A session, as soon as the driver listens. */
async function started(url: string, acceptInsecureCerts: boolean): Promise<Started> {
  const options = { binary: binary(), args: ["--automation"] };
  const capabilities = { alwaysMatch: { acceptInsecureCerts, "webkitgtk:browserOptions": options } };
  for (;;) {
    try {
      return await command<Started>(url, { capabilities });
    } catch (error) {
      // It says nothing when it does.
      if ((error as Error).cause === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function binary(): string {
  const found = readdirSync(LIBRARIES).filter((name) => name.endsWith("-linux-gnu"));
  return `${LIBRARIES}/${found[0]}/${MINI}`;
}

/** What a command of WebDriver answers. Rejects with its error; with a cause where nothing listens. */
async function command<Answer>(url: string, body: unknown, method = "POST"): Promise<Answer> {
  const response = await fetch(url, { method, ...(method === "POST" && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: Answer & { error?: string; message?: string } };
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}
