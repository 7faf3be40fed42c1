import { headerValue, type RequestHead } from "../../http/request-head.ts";
import { bare } from "../handshake.ts";
import { patternOf } from "../pattern.ts";
import type { Directive } from "./parse.ts";
import type { PathScope } from "./scope.ts";

const VARIABLE = "force-proxy-request-1.0";

/** What makes Apache speak HTTP/1.0 with the server behind it, in which there is no upgrade. */
export interface OldVersion {
  readonly by: Directive | undefined;
  /** What may do so, by something of the client that is not known. */
  readonly doubts: readonly Directive[];
}

/** Whatever its value, the variable counts; SetEnv and UnsetEnv come after SetEnvIf. Seen with Apache 2.4.71. */
export function oldVersion(scope: PathScope, request: RequestHead): OldVersion {
  const conditional = [
    ...scope.all("setenvif").map((by) => ({ by, attribute: by.args[0] ?? "", rest: by.args.slice(1), anyCase: false })),
    ...scope
      .all("setenvifnocase")
      .map((by) => ({ by, attribute: by.args[0] ?? "", rest: by.args.slice(1), anyCase: true })),
    ...scope.all("browsermatch").map((by) => ({ by, attribute: "User-Agent", rest: by.args, anyCase: false })),
    ...scope.all("browsermatchnocase").map((by) => ({ by, attribute: "User-Agent", rest: by.args, anyCase: true })),
  ].filter(({ rest }) => rest.slice(1).some((one) => one.split("=")[0] === VARIABLE));
  const judged = conditional.map((one) => ({ by: one.by, fits: fits(one, request) }));
  const set = scope.all("setenv").findLast(({ args }) => args[0] === VARIABLE);
  const isUnset = scope.all("unsetenv").some(({ args }) => args.includes(VARIABLE));
  if (isUnset) return { by: undefined, doubts: [] };
  const by = set ?? judged.findLast((one) => one.fits === true)?.by;
  return { by, doubts: by ? [] : judged.filter((one) => one.fits === undefined).map((one) => one.by) };
}

interface Condition {
  readonly attribute: string;
  readonly rest: readonly string[];
  readonly anyCase: boolean;
}

/** Whether a condition of SetEnvIf holds; undefined where the attribute is not known. */
function fits({ attribute, rest: [pattern = ""], anyCase }: Condition, request: RequestHead): boolean | undefined {
  if (/^\^?(?:\.\*)?\$?$/.test(pattern)) return true;
  const value = attributeOf(attribute, request);
  return value === undefined ? undefined : patternOf(pattern, anyCase)?.test(value);
}

function attributeOf(name: string, request: RequestHead): string | undefined {
  switch (name.toLowerCase()) {
    case "request_uri":
      return bare(request.target);
    case "request_method":
      return request.method;
    case "request_protocol":
      return `HTTP/${request.version}`;
    case "host":
    case "origin":
    case "upgrade":
    case "connection":
      return headerValue(request, name.toLowerCase()) ?? "";
    default:
      return undefined;
  }
}
