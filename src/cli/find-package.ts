import { createRequire } from "node:module";

/** The package.json of a package as the file at `from` would import it; undefined when it isn't installed there. */
export function findPackage(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}
