import { randomBytes } from "node:crypto";
import { encodeFrame, encodeTextFrame } from "../../../core/protocol/frame.ts";
import * as OPCODE from "../../../core/protocol/opcode.ts";
import type { Chart, Experiment, Outcome, Scene } from "../chart.ts";
import { advise, type Finding, fail, warn } from "../finding.ts";
import { Talk } from "../talk.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** How long what must come is waited for: the same on an open connection took far less. */
const REPLY_MS = 2000;

/** A Ping, and a text where the server echoes, in one packet with the handshake. */
export const PIPELINED: Experiment = { name: "a frame in one packet with the handshake", run: pipelined };

async function pipelined({ line, chart }: Scene): Promise<Outcome> {
  if (!chart.pongs && !chart.echoes) return { result: "not done: the server answers no frame" };
  const mark = randomBytes(4).toString("hex");
  const frames = chart.pongs ? encodeFrame(OPCODE.PING, Buffer.from(mark), mask()) : encodeTextFrame(mark, mask());
  const shake = await line.shake({ behind: frames, deflate: false });
  if (!isOpen(shake)) return refused(shake);
  const talk = new Talk(shake);
  const answered = await talk.until(
    () => talk.pongs.includes(mark) || talk.messages.includes(mark) || undefined,
    REPLY_MS,
  );
  const late = !answered && !talk.ended && (await comesWithTheNext(talk, mark, chart.pongs));
  drop(shake);
  if (answered) return { result: "answered" };
  if (talk.broken) return { result: "the server broke the protocol", finding: talk.broken };
  if (late) return { result: "answered once another frame came", finding: early("HEAD_HELD", chart) };
  const result = talk.ended ? "the connection ended" : `no answer within ${REPLY_MS} ms`;
  return { result, finding: early("HEAD_LOST", chart) };
}

/** Whether the frame was only held back, until more came from the client. */
async function comesWithTheNext(talk: Talk, mark: string, pongs: boolean): Promise<boolean> {
  const next = randomBytes(4).toString("hex");
  if (pongs) talk.ping(next);
  else talk.send(next);
  const heard = pongs ? talk.pongs : talk.messages;
  await talk.until(() => heard.includes(next) || undefined, REPLY_MS);
  return heard.includes(mark);
}

function refused(shake: Parameters<typeof drop>[0]): Outcome {
  drop(shake);
  return { result: resultOf(shake) };
}

/** Clients have to wait for the 101 (RFC 6455 §4.1): of a proxy that loses what comes sooner, only advice is given. */
function early(code: "HEAD_LOST" | "HEAD_HELD", { hop, pongs }: Chart): Finding {
  const what = pongs ? "Ping" : "text";
  const detail =
    code === "HEAD_LOST"
      ? `a ${what} behind the handshake is never answered, one that is sent after the 101 is`
      : `a ${what} behind the handshake is answered only when another one follows`;
  return hop ? advise(code, `${detail}; ${hop.name} may be the cause`) : warn(code, detail);
}

function mask(): number {
  return randomBytes(4).readUInt32BE();
}

/** Longer than two bytes of length can tell. */
const LARGE = 70_000;

/** A long text, where the server echoes: it has to come back whole. */
export const LARGE_MESSAGE: Experiment = { name: `a message of ${LARGE.toLocaleString("en")} bytes`, run: large };

async function large({ line, chart }: Scene): Promise<Outcome> {
  if (!chart.echoes) return { result: "not done: the server does not echo" };
  const shake = await line.shake();
  if (!isOpen(shake)) return refused(shake);
  const talk = new Talk(shake);
  const text = randomBytes(LARGE / 2).toString("hex");
  talk.send(text);
  const reply = await talk.until(() => talk.messages.find((message) => message.length > 1000), line.patience);
  drop(shake);
  if (reply === text) return { result: "echoed" };
  if (talk.broken) return { result: "the server broke the protocol", finding: talk.broken };
  if (reply !== undefined) return { result: `came back changed: ${reply.length} characters of ${text.length}` };
  return refusedLarge(talk);
}

/** A limit is the server's own affair. */
function refusedLarge({ ended }: Talk): Outcome {
  if (!ended) return { result: "no echo" };
  const result = ended.code === 1006 ? "cut without a Close" : `refused with Close ${ended.code}`;
  return {
    result,
    finding: ended.code === 1009 ? advise("MESSAGE_TOO_BIG", `${LARGE} bytes are too many`) : undefined,
  };
}

/** The same again, if compression may be to blame for frames that make no sense. */
export const TALK_UNCOMPRESSED: Experiment = {
  name: "the same without compression",
  async run({ line, first, chart }) {
    const shake = await line.shake({ deflate: false });
    if (!isOpen(shake)) return refused(shake);
    const talk = new Talk(shake);
    talk.ping("");
    talk.send("onesocket doctor");
    await talk.listen(1000);
    drop(shake);
    if (talk.broken) return { result: `${talk.broken.code} too` };
    if (talk.ended) return { result: "it ended too" };
    const killed = chart.findings.find(({ code }) => code === "CLOSED_ON_TEXT");
    if (killed) return { result: "stays open", finding: uncompressed(killed) };
    return {
      result: "no fault",
      note: first && "without compression the frames are right: turn permessage-deflate off, or mend it",
    };
  },
};

/** Browsers compress what a server agreed to: the same text must not be what ends the connection. */
function uncompressed({ detail }: Finding): Finding {
  const fix = "Mend permessage-deflate on the server or in the proxy before it, or turn it off.";
  return { ...fail("CLOSED_ON_TEXT", `${detail}, which was compressed; without compression it stays open`), fix };
}
