import type { Experiment, Scene } from "../chart.ts";
import type { Shake } from "../shake.ts";
import { PLAIN } from "./plain-get.ts";
import { drop, resultOf } from "./result.ts";

/** What development servers answer wherever their proxies lead a path, and leave upgrades that they do not know unanswered. */
const OWN = [
  { name: "Vite", path: "/@vite/client", pattern: /import\.meta\.hot|\/@vite\/|vite:/ },
  // 5.2 of 2026; its pages come by Express, whatever else does.
  { name: "webpack-dev-server", path: "/webpack-dev-server", pattern: /<h1>Assets Report:/ },
] as const;

/** A development server's own page: Vite's script, or webpack-dev-server's list. */
export const DEVELOPMENT_PAGE: Experiment = {
  name: "a GET of a development server's own page",
  async run(scene) {
    const { chart } = scene;
    if (chart.hop) return { result: `not done: it is ${chart.hop.name}` };
    if (!chart.answersGet) return { result: "not done: a GET gets no answer" };
    const shake = await lookForDevelopment(scene);
    const { hop } = scene.chart;
    return { result: hop ? `it is ${hop.name}` : resultOf(shake) };
  },
};

/** Asks for those pages, since their proxies write no header of their own. */
export async function lookForDevelopment({ line, chart }: Scene): Promise<Shake | string> {
  let last: Shake | string = "not done";
  for (const { name, path, pattern } of OWN) {
    const target = { ...line.options.target, path };
    last = await line.shake({ ...PLAIN, target });
    drop(last);
    if (typeof last === "string" || last.reply.kind !== "http" || !pattern.test(last.reply.body)) continue;
    chart.hop = { name, sign: `it serves ${path}` };
    return last;
  }
  return last;
}
