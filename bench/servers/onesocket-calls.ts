import { defineSocket } from "onesocket";
import { serve } from "onesocket/node";
import { ready } from "./ready.ts";
import { said } from "./said.ts";

const definition = defineSocket({
  name: "bench",
  methods: { say: { params: said, handle: (_, { text }) => text } },
});
const { port } = await serve(definition, { port: 0, hostname: "127.0.0.1" });
ready(port);
