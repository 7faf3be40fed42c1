import { Client, type ClientOptions } from "../helpers/client.ts";
import type { Running } from "./running.ts";

/**
 * Does what a page says of its program, step by step over one real connection:
 * `/path?query | < text that comes | <~ part of a text that comes | > text to send | GET /path | POST /path body | SIGTERM | closed 4403 reason`, or `/path | refused 401`.
 * `/path from https://a.example` is a page of that origin, and `/path with cookie: a=1` a client that sends this header. A line may also
 * be of one plain request: `GET /path | answers "part of the body"`, or `POST /path | gives name`, whose body is `$name` in later lines.
 * Resolves with what happened in the words of the line: equal to it when all went as told.
 */
export async function tryLine(running: Running, line: string): Promise<string> {
  const { url } = running;
  if (line.startsWith("GET ")) return plain(url, line);
  const [target = "", ...steps] = line.split(" | ").map((step) => step.trim());
  if (line.startsWith("POST ")) return give(running, target, steps[0] ?? "");
  const [path, options] = asked(running, target);
  if (steps[0]?.startsWith("refused")) return `${target} | refused ${await refusal(url + path, options)}`;
  const client = await Client.connect(url + path, options);
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

/** What earlier lines were given by a program. */
const gifts = new WeakMap<Running, Map<string, string>>();

/** The path, and what the client brings, of `/path?ticket=$name from origin with header: value`. */
function asked(running: Running, target: string): [string, ClientOptions] {
  const [rest = "", header = ""] = target.split(" with ");
  const [path = "", origin] = rest.split(" from ");
  const given = path.replace(/\$(\w+)/, (_, name: string) => gifts.get(running)?.get(name) ?? "");
  const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(header) ?? [];
  if (name === "sec-websocket-protocol") return [given, { protocols: value.split(", ") }];
  return [given, { headers: { ...(origin && { origin }), ...(name && { [name]: value }) } }];
}

async function give(running: Running, target: string, step: string): Promise<string> {
  const [path, { headers = {} }] = asked(running, target.slice("POST ".length));
  const response = await fetch(running.url + path, { method: "POST", headers });
  if (!response.ok) return `${target} | ${response.status}`;
  const known = gifts.get(running) ?? new Map<string, string>();
  gifts.set(running, known.set(step.slice("gives ".length), await response.text()));
  return `${target} | ${step}`;
}

/** The status that answers a handshake. */
async function refusal(url: string, options: ClientOptions): Promise<string> {
  const message = await Client.connect(url, options).then(
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
    case "<~": {
      const message = String(await client.next());
      return message.includes(words.join(" ")) ? step : `<~ ${message}`;
    }
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
