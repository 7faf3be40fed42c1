import { answer, type Habit, type Patient, patient } from "../cli/doctor/lab.ts";
import type { Driven } from "../helpers/browsers/index.ts";
import { bundle } from "./page.ts";

const HTML = "Content-Type: text/html\r\n";

/** A page of any server, in a frame: it is told what to connect to, and tells the page around it what came of that. */
const FRAME = `
  addEventListener("message", async ({ data: [target, protocols], source }) => {
    const client = connect(target, { openMs: 4000, protocols });
    client.send("hello");
    let { state, failure } = await until(client, "waiting", "closed", "open");
    // The slowest falls silent after a second and a half.
    const stays = new Promise((resolve) => setTimeout(resolve, 4000, { state: "open" }));
    if (state === "open") ({ failure } = await Promise.race([until(client, "waiting", "closed"), stays]));
    client.close();
    const { code, likely, closeCode } = failure ?? { code: "opens" };
    source.postMessage(closeCode ? code + " " + closeCode : likely ? code + ", likely " + likely : code, "*");
  });`;

/** A server that has such a page at /page, and this habit everywhere else. */
export async function framed(habit: Habit, address?: string): Promise<Patient> {
  const page = `<!doctype html><title>page</title><script>${await bundle()}${FRAME}</script>`;
  return patient(
    (socket, ask, behind) =>
      ask.line.startsWith("GET /page ") ? void socket.end(answer("200 OK", page, HTML)) : habit(socket, ask, behind),
    address,
  );
}

/** A page that frames can be put into. */
export function around(): Promise<Patient> {
  return patient((socket) => void socket.end(answer("200 OK", "<!doctype html><body></body>", HTML)));
}

/**
 * In a frame with the page of one server: why its client has no connection to a URL, by the code, with what it is likely to be or was closed
 * with; "opens" where it stays open.
 */
export function toldIn(browser: Driven, host: string, url: string, protocols: readonly string[] = []): Promise<string> {
  return browser.evaluate(
    ([page, ...asked]) =>
      new Promise<string>((resolve) => {
        const frame = document.createElement("iframe");
        frame.src = page;
        document.body.append(frame);
        frame.onload = () => frame.contentWindow!.postMessage(asked, "*");
        addEventListener("message", function told({ source, data }) {
          if (source !== frame.contentWindow) return;
          removeEventListener("message", told);
          frame.remove();
          resolve(data);
        });
      }),
    [`http://${host}/page`, url, protocols] as const,
  );
}
