/** An echo for each way to compress that the command line brings, on Node or Bun: prints their ports. */
import { defineSocket } from "onesocket";
import { type CompressionOptions, deflate } from "onesocket/deflate";

const [runtime, given = "[]"] = process.argv.slice(2);

declare const Bun: { serve(options: object): { readonly port: number } };

const address = { port: 0, hostname: "127.0.0.1" };

async function listen(options: CompressionOptions, index: number): Promise<number> {
  const echo = defineSocket({
    name: `echo ${index}`,
    origins: "*",
    compression: deflate(options),
    message: (socket, data) => void socket.send(data),
  });
  if (runtime === "bun") return Bun.serve({ ...(await import("onesocket/bun")).bun(echo), ...address }).port;
  return (await (await import("onesocket/node")).serve(echo, address)).port;
}

const settings = JSON.parse(given) as CompressionOptions[];
console.log(`ready ${JSON.stringify(await Promise.all(settings.map(listen)))}`);
