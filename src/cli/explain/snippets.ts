import type { Code } from "./meaning.ts";

const NGINX_UPGRADE = `# nginx, in http:
map $http_upgrade $connection_upgrade {
  default upgrade;
  ""      "";
}
# and in the location:
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;`;

/** Lines to paste, for the codes whose fix is some. */
export const SNIPPETS: Readonly<Partial<Record<Code, string>>> = {
  UPGRADE_STRIPPED: NGINX_UPGRADE,
  CONNECTION_NO_UPGRADE: NGINX_UPGRADE,
  HTTP_1_0: NGINX_UPGRADE,
  IDLE_CUT: "# nginx, in the location:\nproxy_read_timeout 1h;",
};
