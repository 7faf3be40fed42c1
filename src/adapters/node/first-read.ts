import type { Socket as NetSocket } from "node:net";
import type { Preamble, ReadPreamble } from "../../core/upgrade/proxy-signature.ts";

/** What a connection began with. `late`: it took too long to become clear. */
export type First = Preamble | { readonly kind: "late" };

/**
 * Reads what a connection begins with, and puts back what is no PROXY protocol header. `ms`: in which that has to be clear. `done` is called
 * once; not at all when the connection goes before a byte has come, or one behind a header that was read: so health is checked.
 */
export function readFirst(socket: NetSocket, read: ReadPreamble, ms: number, done: (first: First) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  let isPartial = true;
  const finish = (first: First) => {
    stop();
    if (first.kind === "none") socket.unshift(bytes);
    if (first.kind === "header") socket.unshift(bytes.subarray(first.length));
    done(first);
  };
  const onReadable = () => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      bytes = Buffer.concat([bytes, chunk]);
    }
    const first = read(bytes);
    isPartial = first.kind === "partial";
    const isBare = first.kind === "header" && first.length === bytes.length;
    if (!isPartial && !isBare) finish(first);
  };
  const onEnd = () => {
    if (bytes.length > 0 && isPartial) return finish(read(bytes, true));
    stop();
    socket.destroy();
  };
  const stop = () => {
    clearTimeout(timer);
    socket.off("readable", onReadable).off("end", onEnd).off("error", stop).off("close", stop);
  };
  const timer = setTimeout(finish, ms, { kind: "late" } satisfies First);
  socket.on("readable", onReadable).on("end", onEnd).on("error", stop).on("close", stop);
}
