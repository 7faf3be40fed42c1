import { type Answer, field } from "./answer.ts";
import type { Hop } from "./report.ts";

type Sign = readonly [name: string, header: string, pattern: RegExp];

/** By headers: what stands in front of the server comes first. */
const HEADERS: readonly Sign[] = [
  ["Cloudflare", "cf-ray", /./],
  ["Cloudflare", "server", /^cloudflare/i],
  ["CloudFront", "x-amz-cf-id", /./],
  ["Vercel", "x-vercel-id", /./],
  ["Fly.io", "fly-request-id", /./],
  ["Heroku", "via", /\bvegur\b/i],
  ["ALB", "server", /^awselb/i],
  ["ALB", "x-amzn-trace-id", /./],
  // These tell of themselves beside the server behind them, whose own Server header they pass on.
  ["Varnish", "x-varnish", /./],
  ["Varnish", "via", /\bvarnish\b/i],
  ["Squid", "x-squid-error", /./],
  ["Squid", "via", /\bsquid\b/i],
  ["Traffic Server", "via", /\bApacheTrafficServer\b/i],
  ["Traffic Server", "server", /^ATS\//],
  ["Caddy", "via", /\bcaddy\b/i],
  ["Caddy", "server", /^caddy/i],
  ["IIS with ARR", "x-powered-by", /^ARR\//],
  ["nginx", "server", /^(nginx|openresty)/i],
  ["lighttpd", "server", /^lighttpd/i],
  ["h2o", "server", /^h2o(\/|$)/i],
  ["Apache", "server", /^apache/i],
  ["Pound", "server", /^pound/i],
  ["IIS", "server", /^microsoft-iis/i],
  ["Next", "x-powered-by", /^next\.js/i],
  ["Envoy", "server", /^(envoy|istio-envoy)/i],
  ["Envoy", "x-envoy-upstream-service-time", /./],
  ["Traefik", "server", /^traefik/i],
  ["HAProxy", "server", /^haproxy/i],
  ["Squid", "server", /^squid/i],
];

/** By the pages that they write themselves. */
const PAGES: readonly (readonly [name: string, pattern: RegExp, sign: string])[] = [
  ["ALB", /<center>awselb\//i, "its error page"],
  ["Cloudflare", /<center>cloudflare<\/center>|cf-error-details/i, "its error page"],
  ["nginx", /<hr><center>(nginx|openresty)/i, "its error page"],
  ["Apache", /<address>Apache|^<!DOCTYPE HTML PUBLIC "-\/\/IETF\/\/DTD HTML 2\.0\/\/EN">/, "its error page"],
  [
    "HAProxy",
    /<h1>(400 Bad request|408 Request Time-out|50[234] [A-Z][\w -]+)<\/h1>\s*(Your browser|The server|No server)/,
    "its error page",
  ],
  ["Varnish", /<title>\d{3} [^<]*<\/title>[\s\S]*<h3>Guru Meditation:<\/h3>/, "its error page"],
  ["http-proxy-middleware", /^Error occurred while trying to proxy/, "its error page"],
  ["Vite", /\/@vite\/client|\/@react-refresh/, "its client in the page"],
  ["Traefik", /^no available server\n?$/, "its error page"],
  ["Traefik, or another program in Go", /^404 page not found\n?$/, "its error page"],
];

/** The proxy or server that wrote an answer, recognised by its headers or its error pages; undefined when by nothing. */
export function hopOf(answer: Answer, body: string): Hop | undefined {
  for (const [name, header, pattern] of HEADERS) {
    const value = field(answer, header);
    if (value !== null && pattern.test(value)) return { name, sign: `${header}: ${value}` };
  }
  const page = PAGES.find(([, pattern]) => pattern.test(body));
  return page && { name: page[0], sign: page[2] };
}
