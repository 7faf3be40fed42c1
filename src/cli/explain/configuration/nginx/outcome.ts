import type { RequestHead } from "../../http/request-head.ts";
import type { Directive } from "./parse.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./variables.ts";

/** What nginx does with a handshake. */
export type Outcome = {
  /** The location that was chosen; undefined where there is none. */
  readonly location: Directive | undefined;
  /** What might decide otherwise, and depends on something that is not known. */
  readonly doubts: readonly Directive[];
} & (
  | Proxied
  | Answered
  /** A file is served, or a page of nginx's own. */
  | { readonly kind: "static"; readonly by: Directive | undefined; readonly fallback: string | undefined }
  /** A pass that is no proxy of HTTP. */
  | { readonly kind: "other"; readonly by: Directive }
  /** An application behind another protocol, over which an upgrade goes as well: whether it opens is for that to say. */
  | { readonly kind: "app"; readonly by: Directive }
  /** Where it goes depends on what is not known. */
  | { readonly kind: "unknown"; readonly by: Directive }
  /** nginx does not start with it. */
  | { readonly kind: "broken"; readonly by: Directive; readonly why: string }
);

/** nginx answers by itself. */
export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  readonly to: Value;
  readonly by: Directive;
  /** An error_page that asks a server for this status, and leaves it as it is: whatever that server answers, the client sees it. */
  readonly page?: Directive;
}

/** The handshake goes on to a server. */
export interface Proxied {
  readonly kind: "proxied";
  readonly by: Directive;
  readonly scope: Scope;
  /** The URL in proxy_pass. */
  readonly upstream: string;
  /** What the server gets. */
  readonly request: RequestHead;
  /** Whether the version of HTTP is nginx's default, which depends on its own version. */
  readonly isDefaultVersion: boolean;
  /** After how much silence it is cut: milliseconds. */
  readonly idleMs: number;
}
