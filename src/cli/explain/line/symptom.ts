import type { Code } from "../meaning.ts";

/** Who prints messages. `Node` is Node's own client, undici. */
export type Printer =
  | "Chrome"
  | "Firefox"
  | "Safari"
  | "Node"
  | "ws"
  | "Bun"
  | "Deno"
  | "curl"
  | "Go"
  | "gorilla"
  | "Python"
  | "workerd"
  | "Workerman"
  | "Swoole"
  | "nginx"
  | "Apache"
  | "Cloudflare";

/** One thing that goes wrong, and what each program prints of it. */
export interface Symptom {
  /** What it stands for, the likeliest first. */
  readonly codes: readonly Code[];
  /** What happened, as a sentence that is true whenever the line is printed. */
  readonly what: string;
  /**
   * `{n}` stands for an HTTP status, `{}` for anything; `=` in front: for a line that says just this, behind the name of an
   * error at most. Words are matched as whole words.
   */
  readonly says: Readonly<Partial<Record<Printer, string | readonly string[]>>>;
  /** What the message leaves open, and what is usual. */
  readonly note?: string;
}
