import type { RuntimeName } from "../../contract/runtime.ts";
import { pages } from "../../docs/pages.ts";
import { programsOf } from "../../docs/programs.ts";
import { type AppHost, startApp } from "../hosts.ts";
import { type LibraryName, libraryOf } from "./matrix.ts";

const PAGE = pages().find(({ path }) => path === "docs/protocols.md")!;

/** What of the page's programs is about Node alone: who serves the definition. */
const IMPORT = `import { serve } from "onesocket/node";\n`;
const SERVE = "const { url } = await serve(server, { port: 3000 });\nconsole.log(url);\n";

/** A program of the page as a module whose `server` is the definition, for any runtime. Throws when it is not of that form. */
function moduleOf(name: string): string {
  const file = `${name}.ts`;
  const text = programsOf(PAGE)
    .map(({ files }) => files.get(file))
    .find((found) => found !== undefined);
  if (!text?.includes(IMPORT) || !text.endsWith(SERVE))
    throw new Error(`${file} is no program of the page, or ends otherwise`);
  return text.replace(IMPORT, "").replace(SERVE, "export { server };\n");
}

/** An app with all of them, each on a path of its own; `POST /close/NAME?room=ID` closes a room's sockets with 4001. */
function appOf(names: readonly string[]): string {
  return `
import { Hono } from "hono";
import { rooms } from "onesocket";
import { upgrade } from "onesocket/hono";
${names.map((name, index) => `import { server as server${index} } from "./${name}.ts";`).join("\n")}
export const servers = { ${names.map((name, index) => `${JSON.stringify(name)}: server${index}`).join(", ")} };
export const app = new Hono();
for (const [name, server] of Object.entries(servers)) {
  app.get(\`/\${name}/*\`, (c) => upgrade(c, server));
  app.post(\`/close/\${name}\`, async (c) => {
    await rooms(server, c.env).get(c.req.query("room")).close({}, 4001, "enough");
    return c.text("closed");
  });
}
`;
}

/** Starts the libraries' programs, as they stand on the page, in one server of a runtime. */
export function startLibraries(runtime: RuntimeName, names: readonly LibraryName[]): Promise<AppHost> {
  const modules = Object.fromEntries(names.map((name) => [`${name}.ts`, moduleOf(name)]));
  return startApp(runtime, {
    name: names.length === 1 ? `library-${names[0]}` : `libraries-${names.length}`,
    modules: { ...modules, "app.ts": appOf(names) },
    servers: names,
    flags: [...new Set(names.flatMap((name) => libraryOf(name).needs?.[runtime] ?? []))],
  });
}
