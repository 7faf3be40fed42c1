import { parseArgs } from "node:util";
import { Complaint, reason } from "../complaint.ts";

/** How `onesocket explain` was called. */
export interface ExplainOptions {
  /** Files, or words of a text; none for stdin. */
  readonly words: readonly string[];
  readonly form: "text" | "json" | "markdown";
  readonly help: boolean;
  /** The path that a configuration is asked about, and the host: of `--for`. */
  readonly path: string | undefined;
  readonly host: string | undefined;
  /** Whether that is over TLS; undefined for a path alone. */
  readonly secure: boolean | undefined;
}

const OPTIONS = {
  for: { type: "string" },
  json: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Throws a Complaint for options that there are none of, or that exclude each other. */
export function optionsOf(args: readonly string[]): ExplainOptions {
  const { values, positionals } = parsed(args);
  if (values.json && values.markdown) throw new Complaint("--json and --markdown exclude each other");
  return {
    words: positionals,
    form: values.json ? "json" : values.markdown ? "markdown" : "text",
    help: values.help,
    ...place(values.for),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Complaint(`${reason(error).split(/\. |\n/)[0]}: see onesocket explain --help`);
  }
}

/** `/chat`, or a whole URL. */
function place(text: string | undefined): Pick<ExplainOptions, "path" | "host" | "secure"> {
  if (text === undefined) return { path: undefined, host: undefined, secure: undefined };
  const url = text.startsWith("/") ? URL.parse(text, "ws://host") : URL.parse(text.replace(/^http/i, "ws"));
  if (!url || !/^wss?:$/.test(url.protocol)) {
    throw new Complaint(`--for takes a path or a URL, not ${JSON.stringify(text)}`);
  }
  const isPath = text.startsWith("/");
  return {
    path: url.pathname + url.search,
    host: isPath ? undefined : url.host,
    secure: isPath ? undefined : url.protocol === "wss:",
  };
}
