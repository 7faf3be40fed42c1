import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Driven, expression, Program, result } from "./driven.ts";

/** Without its calls home, and without asking the user anything. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

export interface FirefoxOptions {
  /** Preferences of its profile. */
  readonly preferences?: Readonly<Record<string, string | number | boolean>>;
  /** Takes certificates that nobody has signed. */
  readonly insecure?: boolean;
}

/** Firefox, by WebDriver BiDi. */
export class Firefox implements Driven {
  readonly version: string;
  readonly #program: Program;
  readonly #session: Session;
  readonly #context: string;

  private constructor(program: Program, session: Session, version: string, context: string) {
    this.#program = program;
    this.#session = session;
    this.version = version;
    this.#context = context;
  }

  static async launch({ preferences, insecure = false }: FirefoxOptions = {}): Promise<Firefox> {
    const program = new Program("firefox-esr", (folder) => {
      const lines = Object.entries({ ...PREFERENCES, ...preferences }).map(
        ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
      );
      writeFileSync(join(folder, "user.js"), lines.join("\n"));
      return ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port=0", "about:blank"];
    });
    try {
      const session = await Session.open(`${await program.says(/listening on (ws:\S+)/)}/session`);
      const { capabilities } = await session.command<{ capabilities: { browserVersion: string } }>("session.new", {
        capabilities: { alwaysMatch: { acceptInsecureCerts: insecure } },
      });
      const { contexts } = await session.command<{ contexts: { context: string }[] }>("browsingContext.getTree", {});
      return new Firefox(program, session, `Firefox ${capabilities.browserVersion}`, contexts[0]!.context);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** A command of WebDriver BiDi, of this tab where it takes one. */
  command<Answer>(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.#session.command(method, params);
  }

  get context(): string {
    return this.#context;
  }

  async goto(url: string): Promise<void> {
    await this.command("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  async evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    const answer = await this.command<Evaluated>("script.evaluate", {
      expression: expression(run, argument),
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
    return result(answer.result.value);
  }

  async close(): Promise<void> {
    this.#session.close();
    await this.#program.stop();
  }
}

type Evaluated =
  | { readonly type: "success"; readonly result: { readonly value: string } }
  | { readonly type: "exception"; readonly exceptionDetails: { readonly text: string } };

/** A session of WebDriver BiDi: commands that are answered by their number. */
class Session {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, type, result, error, message } = JSON.parse(data);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (type === "error") waiting?.reject(new Error(`${error}: ${message}`));
      else waiting?.resolve(result);
    });
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Firefox has gone"));
    });
  }

  static open(url: string): Promise<Session> {
    const socket = new WebSocket(url);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(new Session(socket)));
      socket.addEventListener("error", () => reject(new Error(`nothing at ${url}`)));
    });
  }

  command<Answer>(method: string, params: unknown): Promise<Answer> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return waiting.promise as Promise<Answer>;
  }

  close(): void {
    this.#socket.close();
  }
}
