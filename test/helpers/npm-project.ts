import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");

/** A folder of its own with packages that are too big to be among ours: from npm, and `onesocket` and some of ours by links. */
export class NpmProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), "onesocket-npm-"));

  /** `packages`: with their versions, `name@1.2.3`. `links`: those that are taken from the checkout. Rejects with what npm says. */
  static async install(packages: readonly string[], links: readonly string[] = []): Promise<NpmProject> {
    const project = new NpmProject();
    project.write("package.json", '{ "private": true, "type": "module" }\n');
    const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--loglevel=error"];
    await promisify(execFile)("npm", ["install", "--save-exact", ...quiet, ...packages], { cwd: project.folder });
    symlinkSync(root, join(project.folder, "node_modules/onesocket"));
    for (const name of links) symlinkSync(join(root, "node_modules", name), join(project.folder, "node_modules", name));
    return project;
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
