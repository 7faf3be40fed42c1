import { bytes } from "./bytes/index.ts";
import { capture } from "./capture/index.ts";
import { tcpdump } from "./capture/tcpdump.ts";
import { tsharkColumns } from "./capture/tshark/columns.ts";
import { tsharkDetails } from "./capture/tshark/details.ts";
import { tsharkJson } from "./capture/tshark/json.ts";
import { tsharkRows } from "./capture/tshark/rows.ts";
import { CONFIGURATIONS } from "./configuration/index.ts";
import { har } from "./har/index.ts";
import { accessLog } from "./head/access-log.ts";
import { curlCommand } from "./head/curl-command.ts";
import { envoyLog } from "./head/envoy-log.ts";
import { haproxyLog } from "./head/haproxy-log.ts";
import { headerObject } from "./head/header-object.ts";
import { head } from "./head/index.ts";
import type { Kind } from "./kind.ts";
import { line } from "./line/index.ts";
import { number } from "./line/number.ts";
import { netlog } from "./netlog/index.ts";
import { source } from "./source/index.ts";

/** All kinds of evidence, in the order in which they are tried: the one that knows its own best comes first. */
export const KINDS: readonly Kind[] = [
  capture,
  netlog,
  har,
  tsharkJson,
  tsharkDetails,
  tsharkColumns,
  tsharkRows,
  tcpdump,
  ...CONFIGURATIONS,
  number,
  bytes,
  curlCommand,
  head,
  headerObject,
  haproxyLog,
  envoyLog,
  accessLog,
  source,
  line,
];
