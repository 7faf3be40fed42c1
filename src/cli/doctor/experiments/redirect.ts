import { field, type HttpReply } from "../answer.ts";
import type { Experiment, Outcome, Scene } from "../chart.ts";
import { resolve } from "../dial.ts";
import { judgeRefusal } from "../refusal.ts";
import { Line } from "../shake.ts";
import { type Target, targetOf } from "../target.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** Where a redirection leads: followed once. What was given as secrets goes to no other host. */
export const REDIRECT_TARGET: Experiment = { name: "the target of the redirection", run: follow };

async function follow(scene: Scene): Promise<Outcome> {
  const reply = scene.first?.reply;
  if (reply?.kind !== "http") return { result: "no redirection" };
  const target = targetFrom(reply, scene.line);
  if (!target) return { result: "no WebSocket URL" };
  const address = await addressOf(scene, target);
  if (address === undefined) return { result: `${target.shown}: the name does not resolve` };
  const { options, budget } = scene.line;
  const sameHost = target.host === options.target.host;
  const line = new Line(sameHost ? options : { ...options, headers: [] }, budget, address);
  const shake = await line.shake({ target });
  drop(shake);
  const result = `${target.shown}: ${resultOf(shake)}`;
  // What was kept back may be what another host wants.
  const isFair = sameHost || options.headers.length === 0;
  const fix = isOpen(shake) || !isFair ? undefined : LOGIN.test(target.path) ? TO_LOGIN : TO_NOTHING;
  return { result, note: result, ...(fix !== undefined && { finding: { ...judgeRefusal(reply), fix } }) };
}

const LOGIN = /(?:^|[/?&_.-])(?:log-?in|sign-?in|sso|oauth2?|auth|authorize|saml2?|cas)(?:$|[/?&=_.-])/i;

const TO_LOGIN =
  "Send what says who you are, a cookie or a token: it leads who is not logged in to a page (onesocket doctor takes --cookie and --header).";
const TO_NOTHING = "Leave this path out of the redirection: where it leads, no WebSocket opens either.";

/** A forward proxy resolves names for itself. */
async function addressOf({ line }: Scene, target: Target): Promise<string | undefined> {
  if (line.options.proxy) return line.address;
  const found = await resolve(target, line.patience);
  return found.ok ? found.result[0] : undefined;
}

function targetFrom({ answer }: HttpReply, line: Line): Target | undefined {
  const { tls, authority, path } = line.options.target;
  const url = URL.parse(field(answer, "location") ?? "", `${tls ? "https" : "http"}://${authority}${path}`);
  return url && /^(https?|wss?):$/.test(url.protocol) ? targetOf(url.href) : undefined;
}
