import type { Experiment } from "./chart.ts";
import { LARGE_MESSAGE, PIPELINED } from "./experiments/frames.ts";
import { HTTP2_TOO } from "./experiments/http2.ts";
import { LENIENCY } from "./experiments/leniency.ts";
import { CONNECTION_LIST, OTHER_PROTOCOLS, WITHOUT_COMPRESSION } from "./experiments/offers.ts";
import { ORIGINS } from "./experiments/origins.ts";
import { soak } from "./idle.ts";
import type { DoctorOptions } from "./options.ts";

/** What is tried with a server that seems to be well: idleness first, since it was asked for. */
export function checkup({ idleMs, quick, pages, target }: DoctorOptions): readonly Experiment[] {
  const idle = idleMs > 0 ? [soak(idleMs)] : [];
  if (quick) return pages ? [...idle, ...ORIGINS] : idle;
  return [
    ...idle,
    WITHOUT_COMPRESSION,
    CONNECTION_LIST,
    OTHER_PROTOCOLS,
    PIPELINED,
    LARGE_MESSAGE,
    ...ORIGINS,
    ...(target.tls ? [HTTP2_TOO] : []),
    ...LENIENCY,
  ];
}
