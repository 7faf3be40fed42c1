import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../command.ts";

/** A folder of somebody's own, far from the checkout, whose modules find the library by its sources. */
export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), "onesocket-project-"));

  /** Writes a file, and the folders that it is in; returns its path. `defineSocket`, `Hono` and `upgrade` come by themselves. */
  module(name: string, code: string): string {
    return this.file(
      name,
      `import { Hono } from "${ROOT}/node_modules/hono/dist/index.js";
       import { defineSocket } from "${ROOT}/src/index.ts";
       import { upgrade } from "${ROOT}/src/adapters/hono/index.ts";
       ${code}`,
    );
  }

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
