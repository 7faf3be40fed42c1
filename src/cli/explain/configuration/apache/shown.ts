import { lookup } from "../lookup.ts";
import type { Directive } from "./parse.ts";

/** A directive as it is shown. */
export function shown(one: Directive): string {
  const words = one.args.map((arg) => (/\s/.test(arg) ? JSON.stringify(arg) : arg)).join(" ");
  return `${nameOf(one)} ${words}`.trim().slice(0, 120);
}

/** The name of a directive in the letters that Apache's documentation has. */
export function nameOf({ name }: Pick<Directive, "name">): string {
  return lookup(NAMES, name) ?? name;
}

const NAMES: Readonly<Record<string, string>> = {
  proxypass: "ProxyPass",
  proxypassmatch: "ProxyPassMatch",
  balancermember: "BalancerMember",
  proxyset: "ProxySet",
  rewriterule: "RewriteRule",
  rewritecond: "RewriteCond",
  redirect: "Redirect",
  require: "Require",
  sethandler: "SetHandler",
  requestheader: "RequestHeader",
  setenv: "SetEnv",
  setenvif: "SetEnvIf",
  setenvifnocase: "SetEnvIfNoCase",
  browsermatch: "BrowserMatch",
  browsermatchnocase: "BrowserMatchNoCase",
};
