/** The names of the options that every host has which sees its peers' addresses. */
export const HOST_OPTIONS = {
  env: true,
  observe: true,
  debug: true,
  broker: true,
  storage: true,
  proxies: true,
} as const;
