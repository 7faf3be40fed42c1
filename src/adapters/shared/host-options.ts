/** The options of every host that sees its peers' addresses: a record, so that types tell when one is missing. */
export const HOST_OPTIONS = {
  env: true,
  observe: true,
  debug: true,
  broker: true,
  storage: true,
  proxies: true,
} as const;
