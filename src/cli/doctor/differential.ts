import { isOfGateway } from "./answer.ts";
import type { Experiment } from "./chart.ts";
import { AGAIN, REPEATED } from "./experiments/again.ts";
import { ANOTHER_KEY } from "./experiments/another-key.ts";
import { DEVELOPMENT_PAGE } from "./experiments/development.ts";
import { HTTP2_INSTEAD } from "./experiments/http2.ts";
import { OTHER_SCHEME } from "./experiments/other-scheme.ts";
import { PLAIN_GET } from "./experiments/plain-get.ts";
import { REDIRECT_TARGET } from "./experiments/redirect.ts";
import { KNOWN_PROTOCOLS, NO_COMPRESSION, NO_PROTOCOL, WITH_ORIGIN, WITHOUT_ORIGIN } from "./experiments/refused.ts";
import type { Code, Finding } from "./finding.ts";
import type { DoctorOptions } from "./options.ts";
import type { Shake } from "./shake.ts";

/** The experiments that tell apart what a failed handshake may have failed of; none when its answer names the reason. */
export function differential(
  { code, named }: Finding,
  { reply }: Shake,
  options: DoctorOptions,
): readonly Experiment[] {
  if (named) return [];
  return BY_CODE[code] ?? (reply.kind === "http" ? byStatus(reply.answer.status, options) : []);
}

/** The GET comes first: whoever answers it speaks HTTP/1.1 under this scheme, and the next two need not be asked. */
const NO_ANSWER = [PLAIN_GET, AGAIN, OTHER_SCHEME, HTTP2_INSTEAD];

const BY_CODE: Readonly<Partial<Record<Code, readonly Experiment[]>>> = {
  CLOSED_BEFORE_RESPONSE: NO_ANSWER,
  RESPONSE_TIMEOUT: [...NO_ANSWER, DEVELOPMENT_PAGE],
  PLAIN_TO_TLS_PORT: [OTHER_SCHEME],
  HTTP2_ONLY: [HTTP2_INSTEAD],
  REDIRECTED: [REDIRECT_TARGET],
  ACCEPT_MISMATCH: [ANOTHER_KEY],
  AUTH_REQUIRED: [],
  VERSION_UNSUPPORTED: [],
};

function byStatus(status: number, { protocols, headers }: DoctorOptions): readonly Experiment[] {
  // 429: whoever limits the rate should not be asked again.
  if (status === 101 || status === 429) return [];
  if (isOfGateway(status)) return [PLAIN_GET, REPEATED];
  if (status < 400 || status > 499) return status === 505 ? [PLAIN_GET, HTTP2_INSTEAD] : [PLAIN_GET];
  const origin = headers.some(([name]) => /^origin$/i.test(name));
  const guesses = [
    origin ? WITHOUT_ORIGIN : WITH_ORIGIN,
    protocols.length > 0 ? NO_PROTOCOL : KNOWN_PROTOCOLS,
    NO_COMPRESSION,
    PLAIN_GET,
  ];
  // Servers of TLS that look at the first byte explain themselves with it.
  return status === 400 ? [OTHER_SCHEME, ...guesses] : guesses;
}
