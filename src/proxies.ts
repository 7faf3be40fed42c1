export type { Proxies } from "./core/upgrade/remote-address.ts";
export { type ForwardingHeader, type ProxyOptions, trustProxies } from "./core/upgrade/trusted-proxies.ts";
