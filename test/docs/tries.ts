import { Client } from "../helpers/client.ts";
import type { Running } from "./running.ts";

/**
 * Does what a page says of its program, step by step over one real connection:
 * `/path?query | < text that comes | > text to send | GET /path | POST /path body | SIGTERM | closed 4403 reason`, or `/path | refused 401`.
 * `/path from https://a.example` is a page of that origin. A line may also be of one plain request: `GET /path | answers "part of the body"`.
 * Resolves with what happened in the words of the line: equal to it when all went as told.
 */
export async function tryLine(running: Running, line: string): Promise<string> {
  const { url } = running;
  if (line.startsWith("GET ")) return plain(url, line);
  const [target = "", ...steps] = line.split(" | ").map((step) => step.trim());
  const [path = "", origin] = target.split(" from ");
  const headers = origin === undefined ? {} : { origin };
  if (steps[0]?.startsWith("refused")) return `${target} | refused ${await refusal(url + path, headers)}`;
  const client = await Client.connect(url + path, { headers });
  const done = [target];
  for (const step of steps) done.push(await perform(step, running, client));
  client.vanish();
  return done.join(" | ");
}

async function plain(url: string, line: string): Promise<string> {
  const [request = "", part = ""] = line.split(" | answers ");
  const body = await (await fetch(url + request.slice("GET ".length))).text();
  return body.includes(part) ? line : `${request} | answers ${body}`;
}

/** The status that answers a handshake. */
async function refusal(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const message = await Client.connect(url, { headers }).then(
    () => "101",
    (error: Error) => error.message,
  );
  return /\d+$/.exec(message)?.[0] ?? message;
}

async function perform(step: string, { url, terminate }: Running, client: Client): Promise<string> {
  const [verb, ...words] = step.split(" ");
  switch (verb) {
    case "<":
      return `< ${await client.next()}`;
    case ">":
      client.send(words.join(" "));
      return step;
    case "GET":
    case "POST":
      return request(verb, url, words);
    case "SIGTERM":
      terminate();
      return step;
    case "closed": {
      const { code, reason } = await client.closed;
      return `closed ${code} ${reason}`.trim();
    }
    default:
      throw new Error(`${JSON.stringify(step)} is not a step`);
  }
}

async function request(method: string, url: string, [path = "", ...words]: readonly string[]): Promise<string> {
  const { ok, status } = await fetch(url + path, { method, ...(words.length > 0 && { body: words.join(" ") }) });
  return [method, path, ...words, ...(ok ? [] : [`(${status})`])].join(" ");
}
