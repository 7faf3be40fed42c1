import type { Trace } from "../../core/contract/trace.ts";
import type { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionOutput } from "../../core/protocol/connection-sink.ts";
import { FIN, headerLength, MASK, MAX_HEADER_BYTES, opcodeOf, payloadLength } from "../../core/protocol/frame.ts";
import { OPCODE_NAMES } from "../../core/protocol/opcode.ts";
import { viewOf } from "../../core/protocol/slab.ts";
import type { BytesSink } from "./bytes.ts";

/** Traces each frame of one socket, both ways, by its header alone. Made only where a host is debugged. */
export class FrameTrace {
  readonly #trace: Trace;
  readonly #socket: string;

  constructor(trace: Trace, socket: string) {
    this.#trace = trace;
    this.#socket = socket;
  }

  /** Traces what a reader receives from now on, which it then is given frame after frame. */
  received(reader: BytesSink & { readonly connection: Connection }): void {
    const { connection } = reader;
    const frameEnd = scanner((header) => this.#tell("<", header, connection));
    const receive = reader.receive.bind(reader);
    reader.receive = (bytes, stream) => {
      for (let at = 0; at < bytes.length; ) {
        const end = connection.state === "CLOSED" ? bytes.length : frameEnd(bytes, at);
        receive(bytes.subarray(at, end), stream);
        at = end;
      }
    };
  }

  /** Traces what is written to an output. */
  sent(connection: () => Connection, output: ConnectionOutput): ConnectionOutput {
    const frameEnd = scanner((header) => this.#tell(">", header, connection()));
    return {
      write(span) {
        const bytes = viewOf(span);
        for (let at = 0; at < bytes.length; ) at = frameEnd(bytes, at);
        output.write(span);
      },
      end: () => output.end?.(),
    };
  }

  #tell(mark: "<" | ">", header: Uint8Array, { state }: Connection): void {
    const [first = 0, second = 0] = header;
    const flags = `${first & FIN ? " FIN" : ""}${first & 0x70 ? ` RSV=${(first & 0x70) >> 4}` : ""}${second & MASK ? " MASK" : ""}`;
    const name = OPCODE_NAMES[opcodeOf(first)] ?? `opcode ${opcodeOf(first)}`;
    this.#trace(this.#socket, mark, `${name}${flags} ${payloadLength(header, 0)} B, ${state}`);
  }
}

/** Finds the headers in a stream of frames, however it is cut. What it returns says where the frame at `at` ends, or what is here of it. */
function scanner(found: (header: Uint8Array) => void): (bytes: Uint8Array, at: number) => number {
  const header = new Uint8Array(MAX_HEADER_BYTES);
  let size = 0;
  // Bytes of payload that are still to come.
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
