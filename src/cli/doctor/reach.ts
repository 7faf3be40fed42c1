import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Chart } from "./chart.ts";
import { connectTcp, resolve, type Step, secure, type Trouble } from "./dial.ts";
import { HTTP2_INSTEAD } from "./experiments/http2.ts";
import { OTHER_SCHEME } from "./experiments/other-scheme.ts";
import { type Finding, fail, warn } from "./finding.ts";
import { Line } from "./shake.ts";
import { isAddress } from "./target.ts";
import { judgeProxy, ProxyRefusal } from "./tunnel.ts";

/** A connection to do the first handshake on. */
export interface Reached {
  readonly line: Line;
  readonly socket: Socket;
}

/** The phases URL, DNS, TCP and TLS; undefined when one of them fails. */
export async function reach(chart: Chart): Promise<Reached | undefined> {
  const { target } = chart.options;
  chart.phase("URL", target.remarks.length > 0 ? "warn" : "ok", 0, [target.shown, ...target.remarks].join("; "));
  const addresses = await dns(chart);
  const tcp = addresses && (await connect(chart, addresses));
  if (!tcp) return undefined;
  const line = new Line(chart.options, chart.budget, tcp.address);
  if (!target.tls) {
    chart.phase("TLS", "skipped", null, "ws: has none");
    return { line, socket: tcp.socket };
  }
  const socket = await tls(chart, line, tcp.socket);
  return socket && { line, socket };
}

async function dns(chart: Chart): Promise<readonly string[] | undefined> {
  const { target, proxy, timeoutMs } = chart.options;
  // A forward proxy resolves the server's name for itself.
  const nearest = proxy ?? target;
  const whose = proxy ? "the proxy's host" : "the host";
  if (isAddress(nearest)) {
    chart.phase("DNS", "skipped", null, `${whose} is an address`);
    return [nearest.host];
  }
  chart.doing(`resolving ${nearest.host}`);
  const found = await resolve(nearest, chart.budget.within(timeoutMs));
  if (found.ok) {
    chart.phase("DNS", "ok", found.ms, `${proxy ? `${whose}: ` : ""}${found.result.join(", ")}`);
    return found.result;
  }
  chart.fails("DNS", found.ms, fail("DNS_FAILED", `${nearest.host}: ${found.trouble.code}`));
  return undefined;
}

/** Addresses that are tried: a name may have many. */
const MAX_ADDRESSES = 4;

async function connect(
  chart: Chart,
  addresses: readonly string[],
): Promise<{ socket: Socket; address: string } | undefined> {
  const { target, proxy, timeoutMs } = chart.options;
  const { port } = proxy ?? target;
  const where = proxy ? `through the proxy ${proxy.authority}, ` : "";
  const tried: { readonly address: string; readonly step: Step<Socket> & { ok: false } }[] = [];
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    chart.doing(`connecting to ${address} port ${port}`);
    const step = await connectTcp(address, target, chart.budget, timeoutMs, proxy);
    if (step.ok) {
      const others = tried.map(({ address, step }) => `${address} does not answer: ${step.trouble.code}`);
      chart.phase("TCP", "ok", step.ms, [`${where}${address} port ${port}`, ...others].join("; "));
      return { socket: step.result, address };
    }
    if (step.trouble.cause instanceof ProxyRefusal) {
      chart.fails("TCP", step.ms, judgeProxy(step.trouble.cause, target));
      return undefined;
    }
    tried.push({ address, step });
  }
  chart.fails(
    "TCP",
    tried.reduce((sum, { step }) => sum + step.ms, 0),
    unreachable(tried, port),
  );
  return undefined;
}

function unreachable(
  tried: readonly { readonly address: string; readonly step: { readonly trouble: Trouble } }[],
  port: number,
): Finding {
  const detail = tried.map(({ address, step }) => `${address} port ${port}: ${step.trouble.code}`).join("; ");
  const found = (code: string) => tried.some(({ step }) => step.trouble.code === code);
  // Someone had taken the connection before it was reset.
  if (found("ECONNRESET")) return fail("CLOSED_BEFORE_RESPONSE", detail);
  return fail(found("ECONNREFUSED") ? "TCP_REFUSED" : "TCP_TIMEOUT", detail);
}

/** A server that accepts TCP and speaks TLS says so soon; one that does not may wait for more for ever. */
const TLS_MS = 5000;

async function tls(chart: Chart, line: Line, socket: Socket): Promise<TLSSocket | undefined> {
  const { target, timeoutMs } = chart.options;
  chart.doing("securing the connection (TLS)");
  const step = await secure(socket, target, chart.budget.within(Math.min(timeoutMs, TLS_MS)));
  if (step.ok) return certified(chart, step.result, step.ms);
  chart.fails("TLS", step.ms, await unsecured(chart, line, step.trouble));
  return undefined;
}

/** Why TLS did not come about. An alert comes from someone who speaks TLS; all else may be plain. */
async function unsecured(chart: Chart, line: Line, { code, message }: Trouble): Promise<Finding> {
  const alert = /_ALERT_/.test(code);
  const experiments = alert ? (/APPLICATION_PROTOCOL/.test(code) ? [HTTP2_INSTEAD] : []) : [OTHER_SCHEME];
  const found = await chart.experiment({ line, chart, first: undefined }, experiments);
  if (found) return found;
  const detail = message.replace(/^.*SSL routines:[^:]*:|:[^:]*\.c:.*$/gs, "").trim();
  if (alert) return fail("TLS_FAILED", detail);
  if (code === "ETIMEDOUT") return fail("RESPONSE_TIMEOUT", "nothing answers, neither in TLS nor in plain");
  if (!code.startsWith("ERR_SSL_"))
    return fail("CLOSED_BEFORE_RESPONSE", "the server ends the connection, in TLS and in plain");
  return fail("TLS_TO_PLAIN_PORT", `the answer to the TLS hello is no TLS: ${detail}`);
}

function certified(chart: Chart, socket: TLSSocket, ms: number): TLSSocket | undefined {
  // Node types it as an Error, and gives the code.
  const doubt = socket.authorizationError as unknown as string | Error | undefined;
  const secured = [socket.getProtocol(), socket.alpnProtocol || "no ALPN"].join(", ");
  if (!doubt) {
    chart.phase("TLS", "ok", ms, secured);
    return socket;
  }
  const detail = `${String(doubt)}${names(socket)}`;
  if (chart.options.insecure) {
    chart.findings.push(warn("CERT_INVALID", detail));
    chart.phase("TLS", "warn", ms, `${secured}; ${detail}`);
    return socket;
  }
  chart.fails("TLS", ms, fail("CERT_INVALID", detail));
  socket.destroy();
  return undefined;
}

function names(socket: TLSSocket): string {
  const { subject, subjectaltname, valid_to } = socket.getPeerCertificate();
  if (!subject) return "";
  return `; it is for ${subjectaltname ?? `CN=${subject.CN}`}, until ${valid_to}`;
}
