import type { Trace } from "../../core/contract/trace.ts";
import type { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionOutput } from "../../core/protocol/connection-sink.ts";
import {
  FIN,
  headerLength,
  MASK,
  MAX_HEADER_BYTES,
  OPCODE,
  opcodeOf,
  payloadLength,
} from "../../core/protocol/frame.ts";
import { viewOf } from "../../core/protocol/slab.ts";
import type { BytesSink } from "./bytes.ts";

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]));

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
    const scanner = new HeaderScanner((header) => this.#tell("<", header, connection));
    const receive = reader.receive.bind(reader);
    reader.receive = (bytes, stream) => {
      for (let at = 0; at < bytes.length; ) {
        const end = connection.state === "CLOSED" ? bytes.length : scanner.read(bytes, at);
        receive(bytes.subarray(at, end), stream);
        at = end;
      }
    };
  }

  /** Traces what is written to an output. */
  sent(connection: () => Connection, output: ConnectionOutput): ConnectionOutput {
    const scanner = new HeaderScanner((header) => this.#tell(">", header, connection()));
    return {
      write(span) {
        const bytes = viewOf(span);
        for (let at = 0; at < bytes.length; ) at = scanner.read(bytes, at);
        output.write(span);
      },
      end: () => output.end?.(),
    };
  }

  #tell(mark: "<" | ">", header: Uint8Array, { state }: Connection): void {
    const [first = 0, second = 0] = header;
    const flags = `${first & FIN ? " FIN" : ""}${first & 0x70 ? ` RSV=${(first & 0x70) >> 4}` : ""}${second & MASK ? " MASK" : ""}`;
    const name = NAMES.get(opcodeOf(first)) ?? `opcode ${opcodeOf(first)}`;
    this.#trace(this.#socket, mark, `${name}${flags} ${payloadLength(header, 0)} B, ${state}`);
  }
}

/** Finds the headers in a stream of frames, however it is cut. */
class HeaderScanner {
  readonly #found: (header: Uint8Array) => void;
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #size = 0;
  /** Bytes of payload that are still to come. */
  #payload = 0;

  constructor(found: (header: Uint8Array) => void) {
    this.#found = found;
  }

  /** Returns where the frame at `at` ends, or what is here of it. */
  read(bytes: Uint8Array, at: number): number {
    let end = at;
    while (this.#payload === 0 && end < bytes.length) {
      this.#header[this.#size++] = bytes[end++]!;
      if (this.#size < 2 || this.#size < headerLength(this.#header[1]!)) continue;
      this.#size = 0;
      this.#payload = payloadLength(this.#header, 0);
      this.#found(this.#header);
      break;
    }
    const count = Math.min(this.#payload, bytes.length - end);
    this.#payload -= count;
    return end + count;
  }
}
