import { AGREEMENT } from "./families/agreement.ts";
import { ANSWERS } from "./families/answers.ts";
import { APPLICATIONS } from "./families/applications.ts";
import { CERTIFICATES } from "./families/certificates.ts";
import { CODE } from "./families/code.ts";
import { ENDS } from "./families/ends.ts";
import { FALLBACKS } from "./families/fallbacks.ts";
import { FRAMES } from "./families/frames.ts";
import { MESSAGES } from "./families/messages.ts";
import { PHP } from "./families/php.ts";
import { PROXIES } from "./families/proxies.ts";
import { REACHING } from "./families/reaching.ts";
import { REFUSALS } from "./families/refusals.ts";
import { REQUESTS } from "./families/requests.ts";
import { RESPONSES } from "./families/responses.ts";
import { SILENCE } from "./families/silence.ts";
import { TLS } from "./families/tls.ts";
import { VAGUE } from "./families/vague.ts";
import type { Symptom } from "./symptom.ts";

/**
 * What clients and servers print. The first that fits a line explains it: what tells more comes first, and what is the same for
 * many failures last. Where a program can be run here, its lines were taken from it, 2026-11; the others are from its source.
 */
export const SYMPTOMS: readonly Symptom[] = [
  ...PROXIES,
  ...PHP,
  ...APPLICATIONS,
  ...FALLBACKS,
  ...TLS,
  ...CERTIFICATES,
  ...REACHING,
  ...ANSWERS,
  ...AGREEMENT,
  ...SILENCE,
  ...FRAMES,
  ...MESSAGES,
  ...ENDS,
  ...REQUESTS,
  ...REFUSALS,
  ...RESPONSES,
  ...CODE,
  ...VAGUE,
];
