/** The second flag tells `upgrade` that the client has gone. */
export const COMPATIBILITY: { readonly compatibilityDate: string; readonly compatibilityFlags: string[] } = {
  compatibilityDate: "2026-04-07",
  compatibilityFlags: ["nodejs_compat", "enable_request_signal"],
};
