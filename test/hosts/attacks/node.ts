/** Over HTTP and over HTTPS. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "onesocket/node";
import { obey, observe, ordersOf, targetOf } from "../../attacks/definition.ts";
import { certificate } from "../../helpers/certificate.ts";

const target = targetOf(Number(process.argv[2]));
const options = { port: 0, hostname: "127.0.0.1", observe };
const [plain, secure] = await Promise.all([serve(target, options), serve(target, { ...options, tls: certificate() })]);
const orders = { ...ordersOf(target), drain: () => plain.drain(), close: () => plain.close() };

const control = createServer(async (request, response) => {
  const answer = await obey(orders, { url: `http://host${request.url}` });
  response.end(await answer.text());
});
control.listen(0, "127.0.0.1", () => {
  console.log(`control ${(control.address() as AddressInfo).port}`);
  console.log(`secure ${secure.port}`);
  console.log(`ready ${plain.port}`);
});
