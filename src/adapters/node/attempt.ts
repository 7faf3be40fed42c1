import type { Peer } from "../../core/contract/origin.ts";
import type { HeaderSource } from "../../core/protocol/headers.ts";
import type { SessionHost } from "../../core/session/host.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { type Proxies, peerOf, remoteAddress } from "../../core/upgrade/remote-address.ts";
import { type HandshakeProfile, HTTP1, HTTP2 } from "../../core/upgrade/validate.ts";
import type { EarlyData } from "./early.ts";
import { peerAddress } from "./peer-address.ts";
import { NodeHeaders, type NodeRequest, requestUrl, toRequest } from "./request.ts";

/** A request of Node's as the core sees it. A class, since what few hooks ask for is made when they do. */
export class NodeAttempt implements Attempt {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderSource;
  readonly httpVersion: string;
  readonly profile: HandshakeProfile;
  readonly protocolPseudo: string | undefined;
  readonly remoteAddress: string;
  readonly host: SessionHost;
  readonly #request: NodeRequest;
  readonly #early: EarlyData | undefined;
  readonly #proxies: Proxies | undefined;

  /** `early`: undefined for a request that is no upgrade, of which no socket is made. */
  constructor(host: SessionHost, request: NodeRequest, early: EarlyData | undefined, proxies: Proxies | undefined) {
    this.host = host;
    this.#request = request;
    this.#early = early;
    this.#proxies = proxies;
    this.method = request.method ?? "GET";
    this.url = requestUrl(request);
    this.headers = new NodeHeaders(request);
    this.httpVersion = request.httpVersion;
    // The version can't tell: a request line of HTTP/1 can say HTTP/2.0.
    this.profile = request.headers[":method"] === undefined ? HTTP1 : HTTP2;
    this.protocolPseudo = request.headers[":protocol"]?.toString();
    this.remoteAddress = remoteAddress(peerAddress(request), this.headers, proxies);
  }

  get peer(): Peer {
    return peerOf(peerAddress(this.#request), this.headers, this.#proxies);
  }

  get gone(): AbortSignal | undefined {
    return this.#early?.gone;
  }

  request(): Request {
    return toRequest(this.#request, this.url, this.#early);
  }
}
