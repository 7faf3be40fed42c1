import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { diagnose } from "../../../src/cli/doctor/diagnose.ts";
import { doctorOptions } from "../../../src/cli/doctor/options.ts";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import {
  encodeFrame,
  encodeTextFrame,
  headerLength,
  maskingKey,
  payloadLength,
} from "../../../src/core/protocol/frame.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { acceptKey } from "../../../src/core/upgrade/accept-key.ts";
import { described } from "../report-faults.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";

/** A server that is sick, or not. */
export interface Patient {
  /** `address:port`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** What a patient says to a request whose head has come: `behind` came with it. */
export type Habit = (socket: Socket, request: Ask, behind: Buffer) => void;

/** The head of a request. */
export interface Ask {
  readonly line: string;
  readonly head: string;
  /** A header's value, "" for none. */
  header(name: string): string;
}

/** A patient that hears whole request heads. */
export function patient(habit: Habit, address?: string): Promise<Patient> {
  return listen(
    createServer((socket) => hear(socket, habit)),
    address,
  );
}

/** The same behind TLS, with a certificate for localhost that nobody trusts. */
export function tlsPatient(habit: Habit, ALPNProtocols: string[] = ["http/1.1"]): Promise<Patient> {
  const server = createTlsServer({ cert: CERTIFICATE, key: KEY, ALPNProtocols }, (socket) => hear(socket, habit));
  server.on("tlsClientError", () => {});
  return listen(server);
}

/** A patient that may say anything as soon as it has a connection. */
export function rawPatient(habit: (socket: Socket) => void): Promise<Patient> {
  return listen(
    createServer((socket) => {
      socket.on("error", () => {});
      habit(socket);
    }),
  );
}

/** Listens on a free port, of 127.0.0.1 by default. */
export async function listen(server: Server, address = "127.0.0.1"): Promise<Patient> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, address), "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host: `${address}:${port}`, stop };
}

function hear(socket: Socket, habit: Habit): void {
  let bytes = Buffer.alloc(0);
  socket.on("error", () => {});
  const read = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", read);
    const head = bytes.toString("latin1", 0, end);
    const header = (name: string) => new RegExp(`^${name}: *(.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
    habit(socket, { line: head.split("\r\n")[0]!, head, header }, bytes.subarray(end + 4));
  };
  socket.on("data", read);
}

/** A right 101; a header that is given takes the place of its own, null takes it away. */
export function switching(ask: Ask, headers: Readonly<Record<string, string | null>> = {}): string {
  const fields: Record<string, string | null> = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptKey(ask.header("sec-websocket-key")),
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\r\n`]));
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`;
}

/** An answer that closes its connection. */
export function answer(status: string, body = "", headers = ""): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** A 101, and then a server that echoes texts, answers Ping and Close, and lets one frame be spoilt. */
export function wellBehaved(spoil: (frame: Buffer, opcode: number) => Buffer = (frame) => frame): Habit {
  return (socket, ask, behind) => {
    socket.write(switching(ask));
    let bytes = behind;
    const read = () => {
      for (let frame = take(); frame; frame = take()) reply(socket, frame, spoil);
    };
    const take = () => {
      const size = bytes.length < 2 ? 2 : headerLength(bytes[1]!);
      if (bytes.length < size || bytes.length < size + payloadLength(bytes, 0)) return undefined;
      const end = size + payloadLength(bytes, 0);
      const key = maskingKey(bytes, 0, size);
      const payload = Buffer.from(bytes.subarray(size, end)).map((byte, i) => byte ^ (key >>> (24 - 8 * (i & 3))));
      const opcode = bytes[0]! & 15;
      bytes = bytes.subarray(end);
      return { opcode, payload };
    };
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      read();
    });
    read();
  };
}

/** A server that is well, but for its 101. */
export function editing(edit: (head: string) => string): Habit {
  return (socket, ask, behind) => {
    const write = (data: string | Uint8Array) => socket.write(typeof data === "string" ? edit(data) : data);
    wellBehaved()(
      { write, on: socket.on.bind(socket), end: () => void socket.end() } as unknown as typeof socket,
      ask,
      behind,
    );
  };
}

function reply(
  socket: Socket,
  { opcode, payload }: { opcode: number; payload: Uint8Array },
  spoil: (frame: Buffer, opcode: number) => Buffer,
): void {
  const answers = opcode === OPCODE.PING ? OPCODE.PONG : opcode;
  socket.write(spoil(Buffer.from(encodeFrame(answers, payload)), answers));
  if (opcode === OPCODE.CLOSE) socket.end();
}

/** A text frame as a server sends it. */
export function text(message: string): Buffer {
  return Buffer.from(encodeTextFrame(message));
}

/** Any frame as a server sends it, from its first byte and its payload. */
export function frame(first: number, payload: string | Uint8Array = ""): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.of(first, bytes.length), bytes]);
}

/** What the doctor says, asked as on the command line. */
export async function consult(...args: string[]): Promise<DoctorReport> {
  return described("doctor", await diagnose(doctorOptions(args)!.options));
}
