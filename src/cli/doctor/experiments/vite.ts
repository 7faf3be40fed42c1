import type { Experiment, Scene } from "../chart.ts";
import type { Shake } from "../shake.ts";
import { PLAIN } from "./plain-get.ts";
import { drop, resultOf } from "./result.ts";

/** Vite's own script, wherever its proxy leads this path: its development server leaves upgrades that it does not know unanswered. */
export const VITE_CLIENT: Experiment = {
  name: "a GET of Vite's client",
  async run(scene) {
    const { chart } = scene;
    if (chart.hop) return { result: `not done: it is ${chart.hop.name}` };
    if (!chart.answersGet) return { result: "not done: a GET gets no answer" };
    const shake = await lookForVite(scene);
    return { result: chart.hop ? "it is Vite" : resultOf(shake) };
  },
};

/** Asks for Vite's script, since its proxy writes no header of its own. */
export async function lookForVite({ line, chart }: Scene): Promise<Shake | string> {
  const target = { ...line.options.target, path: "/@vite/client" };
  const shake = await line.shake({ ...PLAIN, target });
  drop(shake);
  const found =
    typeof shake !== "string" &&
    shake.reply.kind === "http" &&
    /import\.meta\.hot|\/@vite\/|vite:/.test(shake.reply.body);
  if (found) chart.hop = { name: "Vite", sign: "it serves /@vite/client" };
  return shake;
}
