import { header, RawClient } from "./raw.ts";

/** What the socket at a path answers to one message, or the failure's status and code. */
export async function openedAt(url: string, path: string): Promise<string> {
  const client = await RawClient.connect(url);
  client.handshake({ path });
  const answer = await client.response();
  if (answer.status === 101) {
    client.write(Buffer.of(0x81, 0x81, 0, 0, 0, 0, 0x61));
    const name = await client.text();
    client.end();
    return name;
  }
  // It is over when this is answered: no second answer comes behind it.
  await client.ended;
  return `${answer.status} ${header(answer, "onesocket-failure") ?? answer.body}`;
}
