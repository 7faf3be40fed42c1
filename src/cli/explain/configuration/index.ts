import type { Kind } from "../kind.ts";
import { apache } from "./apache/index.ts";
import { caddy } from "./caddy/index.ts";
import { haproxy } from "./haproxy/index.ts";
import { lighttpd } from "./lighttpd/index.ts";
import { nginx } from "./nginx/index.ts";
import { proxyKind } from "./proxy-kind.ts";
import { varnish } from "./varnish/index.ts";

/** The configurations that are read. */
export const CONFIGURATIONS: readonly Kind[] = [nginx, ...[apache, haproxy, caddy, lighttpd, varnish].map(proxyKind)];
