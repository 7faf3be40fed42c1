import type { Code } from "../meaning.ts";

const CODES: Readonly<Record<number, Code>> = {
  401: "AUTH_REQUIRED",
  403: "FORBIDDEN",
  404: "NO_ROUTE",
  410: "NO_ROUTE",
};

/** The code for a status that a proxy's own rules answer with: no server behind it was asked. */
export function codeOfAnswer(status: number): Code {
  if (status >= 300 && status < 400) return "REDIRECTED";
  return CODES[status] ?? "STATUS_NOT_101";
}
