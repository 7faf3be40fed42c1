import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { otherUpgrades } from "../adapters/node/other-upgrades.ts";
import { contract } from "../contract/contract.ts";
import { startChild } from "../helpers/child.ts";
import { NpmProject } from "../helpers/npm-project.ts";

/** The first Node that the package is for, and one after that which the tests run on: what is beneath a socket differs. */
const RELEASES = ["22.12.0", "26.10.0"];

const HOST = join(import.meta.dirname, "../hosts/contract/node.ts");
const projects: NpmProject[] = [];

afterAll(() => {
  for (const project of projects) project.remove();
});

const binaries = new Map<string, Promise<string>>();

/** The binary of a release, from npm, once. */
function binary(version: string): Promise<string> {
  const known = binaries.get(version) ?? install(version);
  binaries.set(version, known);
  return known;
}

async function install(version: string): Promise<string> {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const project = await NpmProject.install([`${name}@${version}`]);
  projects.push(project);
  return join(project.folder, "node_modules", name, "bin/node");
}

for (const version of RELEASES) {
  contract(
    "node",
    async () =>
      startChild(await binary(version), ["--conditions=onesocket-source", "--expose-gc", ...flags(version), HOST]),
    `Node ${version}`,
  );
  describe(`upgrades to another protocol, on Node ${version},`, () =>
    otherUpgrades({
      binary: () => binary(version),
      flags: flags(version),
      major: Number.parseInt(version, 10),
    }));
}

/** Node runs TypeScript as it is from 22.18 on. */
function flags(version: string): readonly string[] {
  return version.startsWith("22.12.") ? ["--experimental-strip-types"] : [];
}
