import process from "node:process";

/** Which of a server's behaviours a row asks for: the words after the program's name. */
export const wanted: { readonly [name in "fanOut" | "rooms" | "deflate" | "strings" | "view" | "apart"]: boolean } = {
  fanOut: process.argv.includes("fan-out"),
  rooms: process.argv.includes("rooms"),
  deflate: process.argv.includes("deflate"),
  strings: process.argv.includes("strings"),
  view: process.argv.includes("view"),
  apart: process.argv.includes("apart"),
};

/** Says that the server listens; goes to rest whenever it is asked to by SIGUSR2. By default it collects garbage, where it can: under Node. */
export function ready(port: number, pid: number = process.pid, rest: () => unknown = collect): void {
  // A profile is written when a process ends by itself.
  if (process.execArgv.includes("--cpu-prof")) process.once("SIGTERM", () => process.exit());
  process.on("SIGUSR2", async () => {
    await rest();
    console.log("rested");
  });
  // Last: whoever reads it may ask at once.
  console.log(`ready ${port} ${pid}`);
}

function collect(): void {
  const { gc } = globalThis as { gc?(): void };
  for (let i = 0; i < 3; i++) gc?.();
}
