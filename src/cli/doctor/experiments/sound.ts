import type { Experiment, Outcome, Scene } from "../chart.ts";
import type { Finding } from "../finding.ts";
import { judgeSwitch } from "../judge.ts";
import type { Variation } from "../request.ts";
import type { Shake } from "../shake.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** A handshake that is as right as the first: whatever its 101 breaks is a failure for clients that shake hands so. */
export function sound(
  name: string,
  vary: (scene: Scene) => Variation,
  refused: (scene: Scene, shake: Shake | string) => Promise<Finding | undefined> = async () => undefined,
): Experiment {
  return { name, run: (scene) => examine(scene, name, vary(scene), refused) };
}

async function examine(
  scene: Scene,
  name: string,
  variation: Variation,
  refused: (scene: Scene, shake: Shake | string) => Promise<Finding | undefined>,
): Promise<Outcome> {
  const shake = await scene.line.shake(variation);
  drop(shake);
  const result = resultOf(shake);
  if (!isOpen(shake) || shake.reply.kind !== "http") return { result, finding: await refused(scene, shake) };
  // A server may know none of the names that the doctor made up.
  const found = judgeSwitch(shake.reply.answer, shake.request).find(
    ({ code, level }) => level === "fail" && code !== "SUBPROTOCOL_UNANSWERED",
  );
  return { result, finding: found && { ...found, detail: `${name}: ${found.detail || found.code}` } };
}
