import type { Trace } from "../../core/contract/trace.ts";
import type { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionOutput } from "../../core/protocol/connection-sink.ts";
import { FIN, headerLength, MASK, MAX_HEADER_BYTES, opcodeOf, payloadLength } from "../../core/protocol/frame.ts";
import { OPCODE_NAMES } from "../../core/protocol/opcode.ts";
import { viewOf } from "../../core/protocol/slab.ts";
import type { BytesSink } from "./bytes.ts";

/** Traces what a reader is given from now on, and what is written to an output: returns what is to be written to instead. */
export type FrameTrace = (reader: TracedReader, output: ConnectionOutput) => ConnectionOutput;

type TracedReader = BytesSink & { readonly connection: Connection };

/** Traces each frame of one socket, both ways, by its header alone. Made only where a host is debugged. */
export function frameTrace(trace: Trace, socket: string): FrameTrace {
  return (reader, output) => {
    const framesOf = (mark: "<" | ">") =>
      scanner((header) => trace(socket, mark, `${shown(header)}, ${reader.connection.state}`));
    const [received, sent] = [framesOf("<"), framesOf(">")];
    const receive = reader.receive.bind(reader);
    // Frame after frame, so that each is told with the state in which it comes.
    reader.receive = (bytes, stream) => {
      for (let at = 0; at < bytes.length; ) {
        const end = reader.connection.state === "CLOSED" ? bytes.length : received(bytes, at);
        receive(bytes.subarray(at, end), stream);
        at = end;
      }
    };
    return {
      write(span) {
        const bytes = viewOf(span);
        for (let at = 0; at < bytes.length; ) at = sent(bytes, at);
        output.write(span);
      },
      end: () => output.end?.(),
    };
  };
}

function shown(header: Uint8Array): string {
  const [first = 0, second = 0] = header;
  const opcode = opcodeOf(first);
  const name = OPCODE_NAMES[opcode] ?? `opcode ${opcode}`;
  const reserved = (first & 0x70) >> 4;
  const flags = `${first & FIN ? " FIN" : ""}${reserved ? ` RSV=${reserved}` : ""}${second & MASK ? " MASK" : ""}`;
  return `${name}${flags} ${payloadLength(header, 0)} B`;
}

/** Finds the headers in a stream of frames, however it is cut. The function that it returns says where the frame at `at` ends, or what is here of it. */
function scanner(found: (header: Uint8Array) => void): (bytes: Uint8Array, at: number) => number {
  const header = new Uint8Array(MAX_HEADER_BYTES);
  let size = 0;
  /** How many bytes of payload are still to come. */
  let payload = 0;
  return (bytes, at) => {
    let end = at;
    while (payload === 0 && end < bytes.length) {
      header[size++] = bytes[end++]!;
      if (size < 2 || size < headerLength(header[1]!)) continue;
      size = 0;
      payload = payloadLength(header, 0);
      found(header);
      break;
    }
    const count = Math.min(payload, bytes.length - end);
    payload -= count;
    return end + count;
  };
}
