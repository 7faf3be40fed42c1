import type { Experiment, Outcome, Scene } from "../chart.ts";
import { advise, warn } from "../finding.ts";
import { snippetFor } from "../snippets.ts";
import type { Target } from "../target.ts";
import { lookForDevelopment } from "./development.ts";
import { drop, isOpen, resultOf, statusOf } from "./result.ts";

/** The origin of a page of the same host and port. */
export function originOf({ tls, authority }: Target): string {
  return `${tls ? "https" : "http"}://${authority}`;
}

export const SAME_HOST = "Origin: the same host";
export const OTHER_SITE = "Origin: another site";

/** Whether pages get in: of the same host, of another one, and those without an origin of their own. */
export const ORIGINS: readonly Experiment[] = [
  page(SAME_HOST, ({ line }) => originOf(line.options.target), ownPage),
  page(OTHER_SITE, () => "https://onesocket-doctor.invalid", foreignPage),
  page("Origin: null", () => "null", foreignPage),
];

function page(
  name: string,
  origin: (scene: Scene) => string,
  judge: (scene: Scene, status: number | undefined, name: string) => Promise<Omit<Outcome, "result">>,
): Experiment {
  return {
    name,
    async run(scene): Promise<Outcome> {
      const shake = await scene.line.shake({ headers: { origin: origin(scene) } });
      drop(shake);
      const result = resultOf(shake);
      if (scene.line.limited !== undefined) return { result };
      scene.chart.origins.set(name, result);
      // A proxy may name itself in a refusal, and not in a 101.
      if (typeof shake !== "string" && shake.reply.kind === "http")
        scene.chart.recognise(shake.reply.answer, shake.reply.body);
      return { result, ...(await judge(scene, statusOf(shake), name)) };
    },
  };
}

async function foreignPage(_: Scene, status: number | undefined, name: string): Promise<Omit<Outcome, "result">> {
  return status === 101 ? { finding: advise("ORIGIN_UNCHECKED", `${name} gets in`) } : {};
}

/** A refusal is one where a client without Origin, or with the given one, still gets in. */
async function ownPage(scene: Scene, status: number | undefined): Promise<Omit<Outcome, "result">> {
  const { line, chart } = scene;
  if (status === undefined || status < 400 || status > 499) return {};
  const control = await line.shake();
  drop(control);
  if (!isOpen(control)) return {};
  const given = line.options.headers.some(([name]) => /^origin$/i.test(name));
  if (given) return {};
  if (!chart.hop) await lookForDevelopment(scene);
  const seen = `a page of this host itself gets ${status}, a client without Origin gets in`;
  // The usual cause is a proxy that puts its own Host in the place of the page's.
  return snippetFor(chart.hop, "ORIGIN_REJECTED", line.options.target.path) === undefined
    ? { note: `${seen}: give the page's origin with --origin to see whether it gets in` }
    : { finding: warn("ORIGIN_REJECTED", `${seen}: ${chart.hop!.name} may not keep Host`) };
}
