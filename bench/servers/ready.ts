import process from "node:process";

/** Which of a server's behaviours a row asks for: the words after the program's name. */
export const wanted: { readonly fanOut: boolean; readonly deflate: boolean; readonly strings: boolean } = {
  fanOut: process.argv.includes("fan-out"),
  deflate: process.argv.includes("deflate"),
  strings: process.argv.includes("strings"),
};

/** Says that the server listens; under Node, collects garbage whenever it is asked to by SIGUSR2. */
export function ready(port: number, pid: number = process.pid): void {
  console.log(`ready ${port} ${pid}`);
  const { gc } = globalThis as { gc?(): void };
  if (!gc) return;
  process.on("SIGUSR2", () => {
    for (let i = 0; i < 3; i++) gc();
    console.log("collected");
  });
}
