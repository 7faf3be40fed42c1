import type { Answer } from "../../doctor/answer.ts";
import { framesIn } from "../bytes/frame.ts";
import type { Side } from "../explanation.ts";
import { Inflater } from "../frames/inflate.ts";
import { FrameScanner } from "../frames/scanner.ts";
import { describeFrame } from "../frames/seen-frame.ts";
import { answeredBy, type ExchangeVerdict } from "../http/judge-exchange.ts";
import type { RequestVerdict } from "../http/judge-request.ts";
import { pathOf, type RequestHead } from "../http/request-head.ts";
import { judgeAlike, judgeRequestAlike } from "./alike.ts";
import { type Fault, passFrames, readFrames } from "./frames.ts";
import { opening } from "./opening.ts";
import { other, Speaker } from "./speaker.ts";
import { Steps } from "./steps.ts";

/** How one side ended what it sends. */
export interface End {
  readonly by: Side;
  readonly how: "FIN" | "RST";
  readonly at: number;
}

/** What is read over one TCP connection: heads of HTTP, then frames. */
export class Conversation {
  /** Whether the capture has the beginning of the connection. */
  readonly begins: boolean;
  readonly client: Speaker = new Speaker("client");
  readonly server: Speaker = new Speaker("server");
  readonly steps: Steps = new Steps();
  readonly faults: Fault[] = [];
  readonly ends: End[] = [];
  /** The last request, and when its head was whole. */
  request: RequestHead | undefined;
  requestedAt = 0;
  answer: Answer | undefined;
  /** The versions, the status and the codes of the last exchange, to compare with others. */
  handshake = "";
  /** When the 101 was there. */
  switchedAt: number | undefined;
  /** Whether a request was meant to open a WebSocket. */
  isAttempt = false;
  /** Where the handshake is not in the capture, but frames are. */
  joinedLate = false;
  /** Whether something is missing in the capture. */
  incomplete = false;
  /** A handshake has no answer yet: what the client sends behind it has to wait. */
  #asked = false;
  #early: { readonly bytes: Uint8Array; readonly at: number }[] | undefined;
  #judgedRequest: RequestVerdict | undefined;
  /** The first heads of their kind. */
  #likeRequest: RequestHead | undefined;
  #likeAnswer: Answer | undefined;
  #verdict: ExchangeVerdict | undefined;

  constructor(begins: boolean) {
    this.begins = begins;
  }

  /** Of one side. */
  of(side: Side): Speaker {
    return side === "client" ? this.client : this.server;
  }

  /** What came of the handshake, and what is wrong with it. */
  verdict(): ExchangeVerdict {
    // A refusal's body goes on telling more.
    if (this.#verdict && this.switchedAt !== undefined) return this.#verdict;
    const { request, answer, server } = this;
    const kind = { request: this.#likeRequest, answer: this.#likeAnswer };
    this.#verdict = judgeAlike({ request, answer, body: server.body.toString("utf8") }, this.#judgedRequest, kind);
    return this.#verdict;
  }

  /** What is recognised to have answered. */
  get answeredBy(): readonly string[] {
    return answeredBy(this.answer, this.server.body.toString("utf8"));
  }

  data(by: Side, bytes: Uint8Array, at: number): void {
    const speaker = this.of(by);
    speaker.lastAt = at;
    if (speaker.mute) return;
    if (speaker.scanner) this.#frames(speaker, bytes, at);
    else if (by === "client" && this.#asked) this.#wait(bytes, at);
    else this.#http(speaker, bytes, at);
  }

  lost(by: Side, count: number, at: number): void {
    const speaker = this.of(by);
    this.incomplete = true;
    speaker.lastAt = at;
    speaker.unseen += count;
    if (passFrames(speaker, this.of(other(by)), count, at, this)) return;
    this.steps.add(at, by, `${count} byte${count === 1 ? "" : "s"} that the capture does not have`);
    speaker.mute = speaker.blind = true;
  }

  /** Something that a side sent before this is missing. */
  skipped(by: Side): void {
    this.incomplete = this.of(by).blind = true;
  }

  end(by: Side, how: End["how"], at: number): void {
    if (this.ends.some((end) => end.by === by && (end.how === how || end.how === "RST"))) return;
    this.#unfinished(this.of(by), at);
    this.ends.push({ by, how, at });
    this.steps.add(at, by, how);
  }

  #wait(bytes: Uint8Array, at: number): void {
    this.#early ??= [];
    this.#early.push({ bytes, at });
  }

  #waited(): readonly { readonly bytes: Uint8Array; readonly at: number }[] {
    const early = this.#early ?? [];
    this.#early = undefined;
    return early;
  }

  #http(speaker: Speaker, bytes: Uint8Array, at: number): void {
    for (let from = 0; from < bytes.length && !speaker.mute; ) {
      const { event, taken } = speaker.reader.take(from === 0 ? bytes : bytes.subarray(from));
      from += taken;
      if (event?.kind === "request") this.#requested(event.request, event.like, at);
      else if (event?.kind === "answer") this.#answered(event.answer, event.like, at);
      else if (event) this.#alien(speaker, event.bytes, at);
      if (from === bytes.length) return;
      const isOver = speaker.scanner !== undefined || (speaker.side === "client" && this.#asked);
      if (!isOver) continue;
      this.data(speaker.side, bytes.subarray(from), at);
      return;
    }
  }

  #requested(request: RequestHead, like: RequestHead, at: number): void {
    // Most requests of a capture are ordinary ones.
    const isAttempt = request.headers.some(
      ({ name, value }) => /^sec-websocket-/i.test(name) || (/^upgrade$/i.test(name) && /websocket/i.test(value)),
    );
    this.#judgedRequest = isAttempt ? judgeRequestAlike(request, like) : undefined;
    this.#likeRequest = like;
    this.#likeAnswer = undefined;
    this.request = request;
    this.requestedAt = at;
    this.answer = undefined;
    this.#verdict = undefined;
    this.#asked = isAttempt;
    this.isAttempt ||= isAttempt;
    if (!isAttempt) this.client.reader.expectBody(request, false);
    const codes = this.#judgedRequest?.codes.map(({ code }) => code) ?? [];
    this.handshake = `${request.version} ${codes.join(" ")}`;
    this.steps.add(at, "client", `${request.method} ${pathOf(request)} HTTP/${request.version}`, codes);
  }

  #answered(answer: Answer, like: Answer, at: number): void {
    this.#likeAnswer = like;
    const isInterim = answer.status < 200 && answer.status !== 101;
    if (!isInterim) this.answer = answer;
    if (answer.status === 101) this.switchedAt = at;
    this.#tellAnswer(answer, at);
    if (answer.status === 101) this.#switch();
    if (answer.status < 200) return;
    this.server.reader.expectBody(answer, true);
    this.#asked = false;
    for (const { bytes } of this.#waited()) this.#http(this.client, bytes, at);
  }

  #tellAnswer(answer: Answer, at: number): void {
    const isJudged = this.#asked || answer.status === 101;
    const { answerCodes, sure } = isJudged ? this.verdict() : { answerCodes: [], sure: true };
    const codes = answerCodes.map(({ code }) => code);
    this.handshake += ` ${answer.version} ${answer.status} ${codes.join(" ")}`;
    this.steps.add(at, "server", answer.statusLine, sure ? codes : codes.slice(0, 1));
  }

  #switch(): void {
    const { deflate } = this.verdict();
    // Without the request it is not known what was offered.
    const lenient = !this.request;
    const inflater = (alone: boolean | undefined) => (deflate ? new Inflater(!alone) : undefined);
    this.client.scanner = new FrameScanner({
      masked: true,
      inflater: inflater(deflate?.clientNoContextTakeover),
      lenient,
    });
    this.server.scanner = new FrameScanner({
      masked: false,
      inflater: inflater(deflate?.serverNoContextTakeover),
      lenient,
    });
    for (const { bytes, at } of this.#waited()) this.#frames(this.client, bytes, at);
  }

  /** What begins neither a request nor an answer: frames of a connection that was opened before, or another protocol. */
  #alien(speaker: Speaker, bytes: Buffer, at: number): void {
    const { kind, what } = opening(bytes);
    if (kind === "frames" && !this.begins && !this.request && !this.answer) this.#joined(speaker, bytes, at);
    else {
      speaker.mute = true;
      speaker.alien = kind;
      this.steps.add(at, speaker.side, what);
    }
  }

  #joined(speaker: Speaker, bytes: Buffer, at: number): void {
    this.joinedLate = true;
    this.switchedAt = at;
    this.of(other(speaker.side)).unsynced = true;
    this.client.scanner = new FrameScanner({ masked: true, lenient: true });
    this.server.scanner = new FrameScanner({ masked: false, lenient: true });
    this.#frames(speaker, bytes, at);
  }

  #frames(speaker: Speaker, bytes: Uint8Array, at: number): void {
    if (speaker.unsynced) {
      speaker.unsynced = false;
      // The capture may have begun in the middle of a frame.
      speaker.mute = speaker.blind = !framesIn(bytes)?.sure;
      if (speaker.mute) return;
    }
    readFrames(speaker, this.of(other(speaker.side)), bytes, at, this);
  }

  /** What a side had begun when it ended. */
  #unfinished({ side, scanner, mute, begun }: Speaker, at: number): void {
    const frame = this.ends.every((end) => end.by !== side) ? scanner?.unfinished() : undefined;
    if (frame) this.steps.add(at, side, describeFrame(frame));
    if (!scanner && !mute && begun.length > 0) {
      this.steps.add(at, side, `${begun.length} bytes of a head that is not all there`);
    }
  }
}
