import { statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import process from "node:process";
import type { Readable } from "node:stream";
import { Complaint, reason } from "../complaint.ts";
import { Document } from "./document.ts";

/** Of a file, or of stdin, no more is looked at than this: bytes. */
const MOST_BYTES = 1 << 28;

/** What was given: files, words of the command line, or what is on stdin. Throws a Complaint for a file that cannot be read. */
export async function inputs(words: readonly string[]): Promise<readonly Document[]> {
  if (words.length === 0) return process.stdin.isTTY ? [] : [await piped()];
  const allFiles = words.every((word) => word === "-" || isFile(word));
  const files = words.filter((word) => word === "-" || (isFile(word) && (allFiles || /[./\\]/.test(word))));
  const texts = words.filter((word) => !files.includes(word));
  const missing = texts.find((word) => LIKE_A_FILE.test(word));
  if (missing !== undefined) throw new Complaint(`there is no file ${JSON.stringify(missing)}`);
  const documents: Document[] = [];
  for (const file of files) documents.push(await (file === "-" ? piped() : read(file)));
  return texts.length > 0 ? [...documents, new Document("arguments", joined(texts))] : documents;
}

/** A word that can only mean a file. */
const LIKE_A_FILE = /^[^\s"'<>|]*[^\s"'<>|/.]\.(?:conf|cfg|pcap|pcapng|cap|har|json|log|txt|ya?ml|toml|vcl)$/i;

function isFile(word: string): boolean {
  const stats = statSync(word, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isDirectory();
}

/** Words are one text, but for several numbers or codes. */
function joined(words: readonly string[]): string {
  return words.join(words.every((word) => /^\d{3,4}$|^[A-Z][A-Z0-9_]+$/.test(word)) ? "\n" : " ");
}

async function read(name: string): Promise<Document> {
  try {
    await using file = await open(name);
    const { size, isRegular } = await sizeOf(file);
    // A pipe such as <(…) tells no size.
    const bytes = isRegular ? await file.read(Buffer.allocUnsafe(Math.min(size, MOST_BYTES))) : undefined;
    const content = bytes ? bytes.buffer.subarray(0, bytes.bytesRead) : await bytesOf(file.createReadStream());
    return new Document(name, content, { isFile: true, isPart: Math.max(size, content.length) > MOST_BYTES });
  } catch (error) {
    throw new Complaint(`${JSON.stringify(name)} cannot be read: ${reason(error)}`);
  }
}

async function sizeOf(file: FileHandle): Promise<{ readonly size: number; readonly isRegular: boolean }> {
  const stats = await file.stat();
  return { size: stats.size, isRegular: stats.isFile() && stats.size > 0 };
}

async function piped(): Promise<Document> {
  const content = await bytesOf(process.stdin);
  return new Document("stdin", content, { isPart: content.length >= MOST_BYTES });
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks, Math.min(length, MOST_BYTES));
}
