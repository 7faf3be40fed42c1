import type { Kind } from "../kind.ts";
import { apache } from "./apache/index.ts";
import { caddy1 } from "./caddy/caddy-1.ts";
import { caddy } from "./caddy/index.ts";
import { compose } from "./compose/index.ts";
import { envoy } from "./envoy/index.ts";
import { haproxy } from "./haproxy/index.ts";
import { ingress } from "./ingress/index.ts";
import { lighttpd } from "./lighttpd/index.ts";
import { nginx } from "./nginx/index.ts";
import { type ProxyReader, proxyKind } from "./proxy-kind.ts";
import { traefik } from "./traefik/index.ts";
import { varnish } from "./varnish/index.ts";
import { vite } from "./vite/index.ts";

/** In the order in which they are tried, behind nginx. */
export const READERS: readonly ProxyReader[] = [
  apache,
  haproxy,
  caddy1,
  caddy,
  lighttpd,
  varnish,
  traefik,
  compose,
  ingress,
  envoy,
  vite,
];

/** The configurations that are read. */
export const CONFIGURATIONS: readonly Kind[] = [nginx, ...READERS.map(proxyKind)];
