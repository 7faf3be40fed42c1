import type { Experiment, Outcome, Scene } from "../chart.ts";
import { advise } from "../finding.ts";
import type { Target } from "../target.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** The origin of a page of the same host and port. */
export function originOf({ tls, authority }: Target): string {
  return `${tls ? "https" : "http"}://${authority}`;
}

/** Whether pages get in: of the same host, of another one, and those without an origin of their own. */
export const ORIGINS: readonly Experiment[] = [
  page(
    "Origin: the same host",
    ({ line }) => originOf(line.options.target),
    (open) =>
      open
        ? undefined
        : "pages of this host itself are refused: give the page's origin with --origin to see whether it gets in",
  ),
  page("Origin: another site", () => "https://onesocket-doctor.invalid"),
  page("Origin: null", () => "null"),
];

function page(
  name: string,
  origin: (scene: Scene) => string,
  note: (open: boolean) => string | undefined = () => undefined,
): Experiment {
  return {
    name,
    async run(scene): Promise<Outcome> {
      const shake = await scene.line.shake({ headers: { origin: origin(scene) } });
      drop(shake);
      const open = isOpen(shake);
      const foreign = open && name !== "Origin: the same host";
      return {
        result: resultOf(shake),
        finding: foreign ? advise("ORIGIN_UNCHECKED", `${name} gets in`) : undefined,
        note: note(open),
      };
    },
  };
}
