import { isTls } from "../bytes.ts";
import type { Experiment, Outcome, Scene } from "../chart.ts";
import { fail } from "../finding.ts";
import { otherScheme } from "../target.ts";
import { drop, resultOf } from "./result.ts";

/** The other scheme on the same port: ws for wss, wss for ws. */
export const OTHER_SCHEME: Experiment = {
  name: "the other scheme, on the same port",
  async run(scene) {
    if (scene.chart.answersGet) return { result: "not done: a GET is answered under this one" };
    if (!scene.line.options.target.tls) return secured(scene);
    // What shook hands in TLS is no plain port, whatever it says to plain HTTP.
    return scene.first ? { result: "not done: TLS works" } : plain(scene);
  },
};

/** TLS failed: whoever answers plain HTTP has none. */
async function plain({ line }: Scene): Promise<Outcome> {
  const target = otherScheme(line.options.target);
  const shake = await line.shake({ target });
  drop(shake);
  const result = `${target.shown}: ${resultOf(shake)}`;
  if (typeof shake === "string") return { result };
  const { reply } = shake;
  if (reply.kind === "http")
    return { result, finding: fail("TLS_TO_PLAIN_PORT", `${target.shown} is answered: ${resultOf(shake)}`) };
  if (reply.kind === "alien" && !isTls(reply.bytes))
    return { result, finding: fail("NOT_HTTP", "neither in TLS nor in plain") };
  return { result };
}

/** Plain HTTP got no proper answer: whoever completes a TLS handshake, or refuses it with an alert, speaks TLS. */
async function secured({ line }: Scene): Promise<Outcome> {
  const target = otherScheme(line.options.target);
  const socket = await line.open(target, line.patience);
  if ("code" in socket) {
    const result = `${target.shown}: no TLS (${socket.code})`;
    return /_ALERT_/.test(socket.code)
      ? { result, finding: fail("PLAIN_TO_TLS_PORT", `a TLS alert: ${socket.code}`) }
      : { result };
  }
  const shake = await line.send(socket, { target }, Math.min(line.patience, 1500));
  drop(shake);
  const result = `${target.shown}: TLS, then ${resultOf(shake)}`;
  return { result, finding: fail("PLAIN_TO_TLS_PORT", `TLS works on this port; ${target.shown}: ${resultOf(shake)}`) };
}
