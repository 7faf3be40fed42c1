import { describe, expect, it } from "vitest";
import { Secrets } from "../../../src/cli/explain/secrets.ts";
import { printedForms } from "./reported.ts";

/** What may never be printed. */
const PLANTED = "pl4ntedSecret";

/** Lines that hold it, of which something is known. */
const LINES: readonly string[] = [
  `WebSocket connection to 'wss://host/chat?token=${PLANTED}&room=1' failed: Unexpected response code: 403`,
  `WebSocket connection to 'wss://ada:${PLANTED}@host/chat' failed: Unexpected response code: 403`,
  `Unexpected server response: 401 { headers: { authorization: 'Bearer ${PLANTED}' } }`,
  `Unexpected server response: 401 {"cookie":"session=${PLANTED}"} and once more ${PLANTED}`,
  `socket hang up, Cookie: a=b; session=${PLANTED}`,
  `socket hang up {"name":"Set-Cookie","value":"session=${PLANTED}; Path=/"}`,
  `socket hang up apiKey=${PLANTED}`,
  `socket hang up, x-api-key: ${PLANTED}`,
  `socket hang up for eyJhbGciOiJub25lIn0.eyJzdWIiOiJ${PLANTED}.c2ln`,
  `onesocket-failure: DRAINING password: ${PLANTED}`,
];

describe("secrets", () => {
  it.each(LINES)("are in nothing that is printed of %s", (line) => {
    for (const form of printedForms([{ content: line }])) {
      expect(form).toMatch(/hidden/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it.each(LINES)("are hidden in a line of which nothing is known: %s", (line) => {
    const unknown = line.replace(
      /Unexpected server response|Unexpected response code|socket hang up|onesocket-failure: DRAINING/,
      "x",
    );
    for (const form of printedForms([{ content: `1006\n${unknown}` }])) expect(form).not.toContain(PLANTED);
  });

  it.each([
    "Authorization required",
    "Basic authentication failed for user ada",
    "WebSocket closed: code=1006 reason=''",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "proxy_set_header Authorization $http_authorization;",
    "SyntaxError: Unexpected token < in JSON at position 0",
    "GET /chat/lobby?room=1&name=ada HTTP/1.1",
    "CSRF token missing or incorrect.",
    "Unauthorized: no token was sent",
  ])("are none: %s", (line) => {
    expect(new Secrets().hide(line)).toBe(line);
  });

  it("that a header names are hidden before it as well, and what goes with a cookie is shown", () => {
    const secrets = new Secrets();
    const { said } = secrets.hideIn(
      { said: [`${PLANTED} for example.com`, `Set-Cookie: id=${PLANTED}; Domain=example.com; HttpOnly`] },
      new Set(),
    );
    expect(said).toEqual(["[hidden] for example.com", "Set-Cookie: [hidden]"]);
  });
});
