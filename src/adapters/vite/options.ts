import { checkObserver } from "../../core/contract/observer.ts";
import { type AttachOptions, checkOptionNames, pathOf, shown } from "../node/options.ts";

/** Options of `onesocket`, the plugin. */
export interface OnesocketOptions<Env = unknown> extends AttachOptions<Env> {
  /** The module that exports an app or a definition, from Vite's root. Default `"./src/index.ts"`. */
  readonly entry?: string | undefined;
  /** The name of what it exports. Default `"default"`. */
  readonly export?: string | undefined;
}

const OWN = { entry: true, export: true };

/** Throws a TypeError for options that make no sense. */
export function checkOptions(options: OnesocketOptions): void {
  checkOptionNames(options, "onesocket", OWN);
  checkObserver(options.observe);
  pathOf(options.path);
  for (const [option, value] of Object.entries(options).filter(([name]) => name in OWN)) {
    if (value !== undefined && typeof value !== "string")
      throw new TypeError(`onesocket: ${option} is a string, not ${shown(value)}`);
  }
}
