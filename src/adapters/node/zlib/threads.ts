import type { Contexts, Stream } from "./contexts.ts";
import { zlib } from "./module.ts";
import { type Failure, Output } from "./output.ts";

/** Messages in libuv's threads at a time; it has four by default. The others wait, without a context of their own. */
const CONCURRENT = 8;

const waiting: (() => void)[] = [];
let running = 0;

type Done = (result: Uint8Array | Failure) => void;

/** Takes a message through zlib in one of libuv's threads, when there is one for it. The input is copied. */
export function inThread(contexts: Contexts, input: Uint8Array, tail: Uint8Array, limit: number, done: Done): void {
  const copy = new Uint8Array(input);
  enter(() =>
    run(contexts, copy, tail, new Output(limit), (result) => {
      leave();
      done(result);
    }),
  );
}

function run(contexts: Contexts, input: Uint8Array, tail: Uint8Array, output: Output, done: Done): void {
  const stream: Stream = contexts.acquire();
  const before = stream.bytesWritten;
  let failure: Failure | undefined;
  let over = false;
  const add = (chunk: Uint8Array) => {
    failure ??= output.add(chunk);
    if (failure) finish();
  };
  const finish = () => {
    if (over) return;
    over = true;
    stream.off("data", add).off("close", finish);
    if (stream.destroyed) failure ??= "DEFLATE_CORRUPT";
    if (failure) stream.destroy();
    const rest = stream.readableEnded ? input.subarray(stream.bytesWritten - before) : input.subarray(input.length);
    if (rest.length > 0) failure ??= output.finalBlock();
    contexts.release(stream);
    if (!failure && rest.length > 0) run(contexts, rest, tail, output, done);
    else done(failure ?? output.result());
  };
  stream.on("data", add).on("close", finish);
  stream.write(input);
  if (tail.length > 0) stream.write(tail);
  stream.flush(zlib().constants.Z_SYNC_FLUSH, finish);
}

/** Runs a job when there is a thread for it. It calls `leave` at its end. */
function enter(job: () => void): void {
  if (running === CONCURRENT) return void waiting.push(job);
  running++;
  job();
}

function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}
