import type { DoctorReport, Level, PhaseReport } from "./report.ts";

/** Puts a text in a colour, or leaves it. */
type Paint = (text: string, colour: keyof typeof COLOURS) => string;

const COLOURS = { red: 31, green: 32, yellow: 33, grey: 90, bold: 1 } as const;

/** The report for people: the verdict first, then the phases, the experiments and the evidence. */
export function printed(given: DoctorReport, colours: boolean): string {
  const report = harmless(given);
  const paint: Paint = (text, colour) => (colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
  const parts = [
    verdict(report, paint),
    ...report.findings
      .filter(({ code, level }) => code !== report.code || level === "advice")
      .map((finding) => other(finding, paint)),
    ...(report.via ? [via(report, paint)] : ways(report, paint)),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function verdict(report: DoctorReport, paint: Paint): string {
  const { ok, code, cause, fix, detail, hop, snippet } = report;
  if (code === null) return `${paint("Healthy", "green")}: ${well(report)}.${detail && `\nSeen: ${detail}.`}`;
  const lines = [
    `${paint(code, ok ? "yellow" : "red")}: ${cause}`,
    ...(detail ? [`Seen: ${detail}.`] : []),
    `Fix: ${fix}`,
    ...(hop ? [`Recognised: ${hop.name} (${hop.sign}).`] : []),
    ...(snippet === null ? [] : ["", indent(snippet)]),
  ];
  return `${ok ? `${paint("Healthy", "green")}, with a warning.\n` : ""}${lines.join("\n")}`;
}

const FEATS: Readonly<Record<string, string>> = {
  switch: "the WebSocket opens",
  echo: "echoes",
  ping: "answers Ping",
  close: "closes cleanly",
};

/** What was seen to work. */
function well({ phases, via }: DoctorReport): string {
  if (via) return "both ways are";
  const feats = phases.filter(({ name, verdict, detail }) =>
    name === "echo" ? /came back/.test(detail) : verdict === "ok" && name in FEATS,
  );
  return feats.map(({ name }) => FEATS[name]).join(", ");
}

const TITLES: Readonly<Record<Level, string>> = { fail: "Also", warn: "Warning", advice: "Advice" };

function other({ code, level, cause, fix, detail }: DoctorReport["findings"][number], paint: Paint): string {
  return `${paint(`${TITLES[level]}: ${code}`, "yellow")}: ${cause}${detail && `\nSeen: ${detail}.`}\nFix: ${fix}`;
}

function ways(report: DoctorReport, paint: Paint): string[] {
  return [phases(report, paint), experiments(report, paint), evidence(report, paint)];
}

const MARKS = { ok: "green", warn: "yellow", fail: "red", skipped: "grey" } as const;

function phases({ url, phases }: DoctorReport, paint: Paint): string {
  const row = ({ name, verdict, ms, detail }: PhaseReport) =>
    `  ${paint(verdict.padEnd(7), MARKS[verdict])}  ${name.padEnd(9)}  ${(ms === null ? "" : `${Math.round(ms)} ms`).padStart(8)}  ${detail}`;
  return [`${paint("Phases", "bold")} of ${url}`, ...phases.map(row)].join("\n");
}

function experiments({ experiments, connections, ms }: DoctorReport, paint: Paint): string {
  const width = Math.max(0, ...experiments.map(({ name }) => name.length));
  const rows = experiments.map(
    ({ name, result, code }) => `  ${name.padEnd(width)}  ${result}${code === null ? "" : `  → ${code}`}`,
  );
  const spent = paint(
    `  ${connections} connection${connections === 1 ? "" : "s"} in ${(ms / 1000).toFixed(1)} s`,
    "grey",
  );
  return [paint(experiments.length > 0 ? "Experiments" : "No experiments", "bold"), ...rows, spent].join("\n");
}

function evidence({ evidence }: DoctorReport, paint: Paint): string {
  const { request, status, headers, body, bytes } = evidence;
  if (request.length === 0) return "";
  const lines = [
    ...request.map((line) => `  > ${line}`),
    ...(status === null ? [] : ["", `  < ${status}`, ...headers.map((line) => `  < ${line}`)]),
    ...(body === null ? [] : ["", indent(body.trimEnd())]),
    ...(bytes.length > 0 ? ["", ...bytes.map((line) => `  ${line}`)] : []),
  ];
  return [paint("Evidence", "bold"), ...lines].join("\n");
}

function via(report: DoctorReport, paint: Paint): string {
  const { report: proxied, changes } = report.via!;
  const rows = changes.map(({ what, direct, via }) => `  ${what}: ${direct ?? "(none)"} → ${via ?? "(none)"}`);
  const title = paint(
    changes.length > 0 ? "What the way through the proxy changes" : "The way through the proxy changes nothing",
    "bold",
  );
  return [[title, ...rows].join("\n"), ...ways(report, paint), ...ways(proxied, paint)].filter(Boolean).join("\n\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** What came from the wire must not command the terminal. */
function harmless(report: DoctorReport): DoctorReport {
  const visible = (text: string) => text.replace(/[^\n\t\P{Cc}]/gu, "·");
  return JSON.parse(JSON.stringify(report), (_, value: unknown) =>
    typeof value === "string" ? visible(value) : value,
  ) as DoctorReport;
}
