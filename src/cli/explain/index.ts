import process from "node:process";
import { Complaint } from "../complaint.ts";
import type { Document } from "./document.ts";
import { inputs } from "./inputs.ts";
import { type ExplainOptions, optionsOf } from "./options.ts";
import { markdown } from "./render/markdown.ts";
import { rendered } from "./render/text.ts";
import { type ExplainReport, reportOn } from "./report.ts";
import { Secrets } from "./secrets.ts";

const USAGE = `Usage: onesocket explain [options] [file … | text …]

Says what an incident left means: which side did what, why, and what to do about it.
Finds out by content what it is given, in files, as arguments or on stdin:

  a message   of a browser, a client, a server, a framework or a proxy: Chrome, ws, okhttp,
              .NET, Go, Python, Rails, Workerman, nginx and forty more
  a configuration of nginx, Apache, HAProxy, Caddy, lighttpd, Varnish, Traefik, Envoy, an
              Ingress, Compose or Vite, asked with --for what becomes of a path
  code        that opens or serves a WebSocket, or computes an Accept
  a head      of HTTP, as typed, by curl -v or by a program; a line of an access log, with
              HAProxy's termination states and Envoy's flags
  a capture   of packets: .pcap, .pcapng, or what tcpdump -X and tshark print
  a HAR       of a browser, or Chromium's NetLog
  bytes       in hex, decimal, base64 or escapes, as dumps, logs and programs write them
  a number    a close code such as 1006, or an HTTP status
  a code      of onesocket's, such as UPGRADE_STRIPPED

Ends with 0 when it could explain something of each, 1 when it knows nothing of one.
Cookies, tokens and passwords are not printed.

Options:
  --for <path>   what a configuration does with a handshake for a path, or a URL
  --markdown     to be pasted into an issue
  --json         a report for programs, described in docs/explain.md
  --help
`;

/** `onesocket explain [file … | text …]`. Resolves with the exit code; throws a Complaint when there is nothing to explain. */
export async function explain(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const documents = (await inputs(options.words)).filter(({ bytes }) => bytes.length > 0);
  if (documents.length === 0) throw new Complaint("there is no text to explain: see onesocket explain --help");
  const report = reportOn(documents, { ...options, secrets: new Secrets() });
  process.stdout.write(printed(report, options));
  if (options.form !== "json") for (const name of report.unknownSources) console.error(nothing(name, report));
  if (options.form !== "json") for (const name of report.cutSources) console.error(cut(documents, name));
  return report.unknownSources.length > 0 ? 1 : 0;
}

function printed(report: ExplainReport, { form }: ExplainOptions): string {
  if (form === "json") return `${JSON.stringify(report, null, 2)}\n`;
  return form === "markdown" ? markdown(report) : rendered(report);
}

function cut(documents: readonly Document[], source: string): string {
  const size = documents.find(({ name }) => name === source)?.cutAt(true) ?? 0;
  return `onesocket: of ${JSON.stringify(source)} only the first ${size >> 20} MiB were read: hand over the part that matters.`;
}

function nothing(source: string, { unknownLines }: ExplainReport): string {
  const isText = /^(?:arguments|stdin)$/.test(source);
  const what = !isText ? JSON.stringify(source) : unknownLines > 1 ? "these lines" : "this line";
  return `onesocket: nothing is known about ${what}. Run onesocket doctor <url>, or look for the close code and the server's log.`;
}
