import { ANSWERS } from "./families/answers.ts";
import { CODE } from "./families/code.ts";
import { ENDS } from "./families/ends.ts";
import { FRAMES } from "./families/frames.ts";
import { PHP } from "./families/php.ts";
import { PROXIES } from "./families/proxies.ts";
import { REACHING } from "./families/reaching.ts";
import { REQUESTS } from "./families/requests.ts";
import { RESPONSES } from "./families/responses.ts";
import { TLS } from "./families/tls.ts";
import { VAGUE } from "./families/vague.ts";
import type { Symptom } from "./symptom.ts";

/**
 * What clients and servers print. The first that fits a line explains it: what tells more comes first, and what is the same for
 * many failures last. Measured 2026-11, where a program runs here.
 */
export const SYMPTOMS: readonly Symptom[] = [
  ...PROXIES,
  ...TLS,
  ...REACHING,
  ...ANSWERS,
  ...FRAMES,
  ...ENDS,
  ...REQUESTS,
  ...RESPONSES,
  ...PHP,
  ...CODE,
  ...VAGUE,
];
