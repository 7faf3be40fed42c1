import { SICK } from "../cli/doctor/sicknesses.ts";
import { BROWSERS, type Sick, told } from "../client/told.ts";
import { QUESTIONS } from "../real/browsers/asked.ts";
import { code, table } from "./markdown.ts";

/** The browsers that were asked, by Debian 12's packages of November 2026. */
const VERSIONS = ["Chromium 156", "Firefox 153 (ESR)", "WebKitGTK 2.50.6"];

/** What each browser's own WebSocket answers. */
export function browsers(): string {
  return table(
    ["", ...VERSIONS],
    QUESTIONS.map(({ about, answers }) => [about, ...answers]),
  );
}

/** What a page's client says in each browser, by what the doctor calls it: those alike in one row. */
export function toldInBrowsers(): string {
  const rows = Map.groupBy(SICK, (sick) => BROWSERS.map((browser) => said(sick, browser)).join("|"));
  return table(
    ["`onesocket doctor` says", ...VERSIONS],
    [...rows].map(([answers, sick]) => [names(sick), ...answers.split("|")]),
  );
}

function said(sick: Sick, browser: (typeof BROWSERS)[number]): string {
  return told(sick, browser).replace(/[A-Z][A-Z\d_]{4,}/g, code);
}

/** Their codes; with what the server does where others of that code are told otherwise. */
function names(alike: readonly Sick[]): string {
  const codes = Map.groupBy(alike, ([name]) => name);
  const named = [...codes].map(([name, sick]) => {
    const whole = SICK.every((one) => one[0] !== name || sick.includes(one));
    return whole ? code(name) : `${code(name)} (${sick.map(([, what]) => what).join("; ")})`;
  });
  return named.join(", ");
}
