import { type Block, pages } from "../docs/pages.ts";

/** The languages of the configurations that docs/proxies.md has, and test/proxies runs. */
export const PROXY_LANGUAGES: readonly string[] = ["nginx", "apache", "haproxy", "caddyfile"];

/** The configurations of docs/proxies.md in a language; the one without a mark is the right one. */
export function configurations(language: string): readonly Block[] {
  const page = pages().find(({ path }) => path === "docs/proxies.md");
  return page?.sections.flatMap(({ blocks }) => blocks).filter((block) => block.language === language) ?? [];
}
