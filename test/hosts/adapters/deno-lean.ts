declare const Deno: { serve(options: object, handler: unknown): unknown };

/** A host of Deno's, in a program where whoever asks for `process` fails: to load it takes 20 ms. */
Object.defineProperty(globalThis, "process", {
  get: () => {
    throw new Error("somebody asked for process");
  },
});

const { deno } = await import("onesocket/deno");
const { defineSocket } = await import("onesocket");

const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });
const onListen = ({ port }: { readonly port: number }) => console.log(`ready ${port}`);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, deno(echo).fetch);

export {};
