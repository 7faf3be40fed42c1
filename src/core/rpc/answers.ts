import type { SchemaIssue } from "./schema.ts";
import { RPC_CODES, type RpcFailure, type RpcId } from "./wire.ts";

/** The messages that JSON-RPC 2.0 §5.1 has for its codes. */
const WORDS: Readonly<Record<keyof typeof RPC_CODES, string>> = {
  PARSE_ERROR: "Parse error",
  INVALID_REQUEST: "Invalid Request",
  METHOD_NOT_FOUND: "Method not found",
  INVALID_PARAMS: "Invalid params",
  INTERNAL_ERROR: "Internal error",
};

/** Issues that are told; of params that are wrong throughout there could be as many as bytes. */
const MOST_ISSUES = 16;

/** A result that is JSON already. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The answer with what a method returned. Throws for what JSON can't have: a bigint, a circle. */
export function resultText(id: RpcId, result: unknown): string {
  const text = result instanceof Written ? result.text : (JSON.stringify(result) ?? "null");
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${text}}`;
}

/** The answer with an error. Throws for data that JSON can't have. */
export function failureText(id: RpcId, failure: RpcFailure): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(failure)}}`;
}

/** The answer with one of the errors that JSON-RPC has. */
export function errorText(id: RpcId, name: keyof typeof RPC_CODES, data?: unknown): string {
  return failureText(id, { code: RPC_CODES[name], message: WORDS[name], data });
}

/** The answer to a batch (§6): what is not answered is not in it, and if nothing is, there is none. */
export function batchText(answers: readonly string[]): string {
  const given = answers.filter((answer) => answer !== "");
  return given.length === 0 ? "" : `[${given.join(",")}]`;
}

/** A request or notification. `params` are text already. */
export function notificationText(method: string, params: string | undefined): string {
  const head = `{"jsonrpc":"2.0","method":${JSON.stringify(method)}`;
  return params === undefined ? `${head}}` : `${head},"params":${params}}`;
}

/** A schema's issues as data: each has a message and a path of keys. */
export function issuesData(issues: readonly SchemaIssue[]): readonly unknown[] {
  return issues.slice(0, MOST_ISSUES).map(({ message, path = [] }) => ({
    message,
    path: path.map((step) => {
      const key = typeof step === "object" ? step.key : step;
      return typeof key === "symbol" ? String(key) : key;
    }),
  }));
}
