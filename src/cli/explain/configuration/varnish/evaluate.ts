import type { Seen } from "../../explanation.ts";
import { headerValue, type RequestHead } from "../../http/request-head.ts";
import { type Asked, handshakeFor, UNKNOWN, withHeader, withoutUpgrade } from "../handshake.ts";
import type { Fate, Outcome, Passed } from "../outcome.ts";
import { before, instead } from "../paste.ts";
import { type Place, placeOf } from "../place.ts";
import { holds, type Lookup, textOf } from "./expression.ts";
import type { Section, Statement } from "./parse.ts";

/** What Varnish does with a handshake. */
export function evaluate(sections: readonly Section[], asked: Asked): Outcome {
  const run = new Run(sections, handshakeFor(asked));
  const { fate, title } = run.ending();
  const doubts = run.doubts.map((one) => `What ${placeOf(one)} depends on is not known.`);
  return { title, fate, beside: [], doubts: [...new Set(doubts)] };
}

type Action = { readonly name: string; readonly status: number; readonly by: Statement };

class Run {
  readonly doubts: Place[] = [];
  readonly #sections: readonly Section[];
  readonly #set = new Map<string, string | null>();
  #request: RequestHead;
  #upstream: RequestHead;
  #backend: string | undefined;

  constructor(sections: readonly Section[], request: RequestHead) {
    this.#sections = sections;
    this.#request = request;
    this.#upstream = request;
  }

  ending(): { readonly fate: Fate; readonly title: string } {
    const received = this.#sub("vcl_recv", 0);
    this.#backend ??= this.#sections.find(({ kind }) => kind === "backend")?.name;
    const title = `vcl_recv: ${received ? `return (${received.name})` : "no return of its own"}`;
    if (received && /^(?:synth|fail)$/.test(received.name)) {
      const status = received.name === "fail" ? 503 : received.status;
      return { title, fate: { kind: "answered", status, by: received.by } };
    }
    if (received?.name !== "pipe") return { title: this.#titled(title), fate: this.#dropped(received?.by) };
    // Neither goes on by itself.
    this.#upstream = withoutUpgrade(this.#request, "close");
    const piped = this.#sub("vcl_pipe", 0);
    if (piped?.name === "synth") return { title, fate: { kind: "answered", status: piped.status, by: piped.by } };
    return { title: this.#titled(title), fate: this.#passed(received.by, this.#upstream, pipeLines(this.#sections)) };
  }

  #titled(title: string): string {
    return this.#backend === undefined ? title : `${title} → ${this.#backend}`;
  }

  /** What is not piped is a request like any other: its Upgrade is left out. */
  #dropped(by: Place | undefined): Fate {
    const recv = this.#sections.find(({ kind, name }) => kind === "sub" && name === "vcl_recv");
    const place = by ?? recv ?? this.#sections[0] ?? { file: "default.vcl", line: 1 };
    return this.#passed(place, withoutUpgrade(this.#request), recvLines(this.#sections));
  }

  #passed(by: Place, request: RequestHead, lines: string): Passed {
    return {
      kind: "passed",
      by,
      upstream: this.#backend ?? "its backend",
      request,
      idleMs: undefined,
      idleBy: "pipe_timeout",
      mend: (code) =>
        code === "ORIGIN_REJECTED" ? this.#hostLines(by) : { where: placeOf(by), fix: FIX, snippet: lines },
    };
  }

  #hostLines(by: Place): Pick<Seen, "where" | "fix" | "snippet"> {
    const line = this.#changedHost;
    const fix = "Varnish keeps Host by itself: let this line say what the client sent.";
    if (!line) return { where: placeOf(by), fix };
    const name = line.words[1]?.text ?? "";
    const text = name.startsWith("bereq")
      ? "    set bereq.http.Host = req.http.Host;"
      : "    set req.http.Host = req.http.Host;";
    return { where: placeOf(line), fix, snippet: instead(line, text) };
  }

  #changedHost: (Statement & { readonly kind: "plain" }) | undefined;

  #sub(name: string, depth: number): Action | undefined {
    // Several of one name are one.
    const blocks = this.#sections.filter((one) => one.kind === "sub" && one.name === name).map(({ block }) => block);
    if (depth > 10) return undefined;
    for (const block of blocks) {
      const action = this.#through(block, depth);
      if (action) return action;
    }
    return undefined;
  }

  #through(block: readonly Statement[], depth: number): Action | undefined {
    for (const one of block) {
      const action = one.kind === "if" ? this.#if(one, depth) : this.#plain(one, depth);
      if (action) return action;
    }
    return undefined;
  }

  #if({ branches, ...place }: Statement & { readonly kind: "if" }, depth: number): Action | undefined {
    for (const { test, block } of branches) {
      const applies = test === undefined ? true : holds(test, this.#lookup);
      if (applies === undefined && (decides(block) || branches.length > 1)) this.doubts.push(place);
      if (applies) return this.#through(block, depth);
    }
    return undefined;
  }

  #plain(one: Statement & { readonly kind: "plain" }, depth: number): Action | undefined {
    const [first, second, sign, ...rest] = one.words;
    if (first?.text === "return") {
      const [, , action, , status] = one.words;
      return { name: action?.text ?? "", status: Number(status?.text) || 200, by: one };
    }
    if (first?.text === "call") return this.#sub(second?.text ?? "", depth + 1);
    if (first?.text === "error") return { name: "synth", status: Number(second?.text) || 503, by: one };
    if (first?.text === "unset" || first?.text === "remove") this.#change(second?.text ?? "", null, one);
    if (first?.text === "set" && sign?.text === "=") {
      if (/^(?:req\.backend_hint|bereq\.backend|req\.backend)$/.test(second?.text ?? "")) this.#backend = rest[0]?.text;
      else this.#change(second?.text ?? "", textOf(rest, this.#lookup) ?? UNKNOWN, one);
    }
    return undefined;
  }

  #change(name: string, value: string | null, by: Statement & { readonly kind: "plain" }): void {
    const [, of, header] = /^(req|bereq)\.http\.(.+)$/i.exec(name) ?? [];
    if (header?.toLowerCase() === "host") this.#changedHost = by;
    if (header === undefined) {
      if (name === "req.url") this.#request = { ...this.#request, target: value ?? "" };
      else if (name === "bereq.url") this.#upstream = { ...this.#upstream, target: value ?? "" };
      else if (name === "req.method") this.#request = { ...this.#request, method: value ?? "" };
      else this.#set.set(name, value);
    } else if (of?.toLowerCase() === "req") this.#request = withHeader(this.#request, header, value ?? undefined);
    // One that is set to what is not there is sent without a value.
    else this.#upstream = withHeader(this.#upstream, header, value ?? undefined);
  }

  readonly #lookup: Lookup = (name) => {
    const [, of, header] = /^(req|bereq)\.http\.(.+)$/i.exec(name) ?? [];
    if (header !== undefined) {
      const value = headerValue(of?.toLowerCase() === "req" ? this.#request : this.#upstream, header.toLowerCase());
      if (value === UNKNOWN) return undefined;
      return value ?? (MAY_BE_SENT.test(header) ? undefined : null);
    }
    if (name === "req.url") return this.#request.target;
    if (name === "bereq.url") return this.#upstream.target;
    if (name === "req.method") return this.#request.method;
    if (name === "req.proto") return "HTTP/1.1";
    if (name === "req.restarts") return "0";
    return this.#set.get(name);
  };
}

/** What a browser may well send. */
const MAY_BE_SENT = /^(?:cookie|user-agent|referer|authorization|accept.*|x-.*|cf-.*|forwarded|via)$/i;

/** Whether anything that is looked at may come of a block. */
function decides(block: readonly Statement[]): boolean {
  return block.some((one) =>
    one.kind === "if"
      ? one.branches.some((branch) => decides(branch.block))
      : /^(?:return|call|error)$/.test(one.words[0]?.text ?? "") ||
        /\.(?:http\.(?:upgrade|connection|host|origin)|url|method)$/i.test(one.words[1]?.text ?? ""),
  );
}

const FIX = "Pipe handshakes, with both headers; what is not piped is a request without them.";

const PIPE = `  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }`;

const RECV = `  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }`;

/** Before anything else in vcl_recv, and in vcl_pipe. */
function recvLines(sections: readonly Section[]): string {
  const recv = subOf(sections, "vcl_recv");
  const first = recv?.block[0];
  const lines = recv ? before(first ?? { file: recv.file, line: recv.end }, RECV) : undefined;
  const end = sections.at(-1);
  const fresh = `sub vcl_recv {\n${RECV}\n}`;
  return [lines ?? (end ? `# behind line ${end.end} of ${end.file}:\n${fresh}` : fresh), pipeLines(sections)].join(
    "\n",
  );
}

function pipeLines(sections: readonly Section[]): string {
  const pipe = subOf(sections, "vcl_pipe");
  const first = pipe?.block[0];
  if (pipe) return before(first ?? { file: pipe.file, line: pipe.end }, PIPE);
  const end = sections.at(-1);
  const fresh = `sub vcl_pipe {\n${PIPE}\n}`;
  return end ? `# behind line ${end.end} of ${end.file}:\n${fresh}` : fresh;
}

function subOf(sections: readonly Section[], name: string): Section | undefined {
  return sections.find((one) => one.kind === "sub" && one.name === name);
}
