import type { Code } from "../meaning.ts";

/** Who prints messages. `Node` is Node's own client, undici; `Java` the JDK, and what is built on its sockets. */
export type Printer =
  | "Chrome"
  | "Firefox"
  | "Safari"
  | "Node"
  | "ws"
  | "Bun"
  | "Deno"
  | "workerd"
  | "curl"
  | "Go"
  | "gorilla"
  | "coder/websocket"
  | "tungstenite"
  | "Python"
  | "websockets"
  | "websocket-client"
  | "aiohttp"
  | "Tornado"
  | "Jupyter"
  | "uvicorn"
  | "Starlette"
  | "Django"
  | "Java"
  | "okhttp"
  | "Netty"
  | "Java-WebSocket"
  | "nv-websocket-client"
  | "Tomcat"
  | "Spring"
  | ".NET"
  | "SignalR"
  | "Dart"
  | "Starscream"
  | "SocketRocket"
  | "iOS"
  | "Rails"
  | "Phoenix"
  | "PHP"
  | "Workerman"
  | "GatewayWorker"
  | "Swoole"
  | "libwebsockets"
  | "ESP-IDF"
  | "Qt"
  | "Godot"
  | "Unity"
  | "Unreal"
  | "Grafana"
  | "n8n"
  | "OCPP"
  | "Socket.IO"
  | "SockJS"
  | "Stomp.js"
  | "em-websocket"
  | "arduinoWebSockets"
  | "Vite"
  | "axum"
  | "actix"
  | "ktor"
  | "Pusher"
  | "ws4py"
  | "websockify"
  | "Paho"
  | "Traefik"
  | "AWS"
  | "Cowboy"
  | "Kubernetes"
  | "Jetty"
  | "Vert.x"
  | "GraphQL"
  | "websocat"
  | "nginx"
  | "Apache"
  | "Cloudflare";

/** One thing that goes wrong, and what each program prints of it. */
export interface Symptom {
  /** What it stands for, the likeliest first. `STATUS_NOT_101` alone gives way to what the status points at. */
  readonly codes: readonly Code[];
  /** What happened, as a sentence that is true whenever the line is printed. */
  readonly what: string;
  /**
   * `{n}` stands for an HTTP status, `{}` for anything; `=` in front: for a line that says just this, behind the name of an
   * error at most. Words are matched as whole words.
   */
  readonly says: Readonly<Partial<Record<Printer, string | readonly string[]>>>;
  /** What the message leaves open, and what is usual. */
  readonly note?: string;
}
