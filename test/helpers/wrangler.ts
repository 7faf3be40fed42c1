/** The environment in which wrangler is quick, quiet, and takes the library from its sources. */
export const WRANGLER = {
  WRANGLER_BUILD_CONDITIONS: "onesocket-source,workerd,worker,browser",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
};
