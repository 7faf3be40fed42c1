import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { durableRoom, worker } from "onesocket/cloudflare";
import { otel } from "onesocket/otel";
import { AskedReader, app, chat, observe, pointsOf } from "./app.ts";

/** What objects tell; the Worker, which answers the handshakes, has a meter of its own. */
const reader = new AskedReader();
const metrics = new MeterProvider({ readers: [reader] });

export class ChatRoom extends durableRoom(chat, { observe: otel({ meter: metrics.getMeter("object"), also: {} }) }) {
  /** By RPC, since an object has no other way to be asked. */
  async telemetry(): Promise<unknown> {
    return { metrics: await pointsOf(reader), spans: [] };
  }
}

interface Env {
  readonly CHAT: { getByName(name: string): Pick<ChatRoom, "telemetry"> };
}

app.get("/object", async (c) => c.json(await (c.env as Env).CHAT.getByName("default").telemetry()));

export default worker(app, { rooms: { chat: "CHAT" }, observe });
