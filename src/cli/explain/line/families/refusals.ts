import type { Symptom } from "../symptom.ts";

/** What a server says of a valid handshake that it refuses. */
export const REFUSALS: readonly Symptom[] = [
  {
    codes: ["ORIGIN_REJECTED"],
    what: "The server refuses pages of this origin.",
    says: {
      gorilla: "request origin not allowed by Upgrader.CheckOrigin",
      "coder/websocket": 'request Origin "{}" is not authorized for Host',
      websockets: "invalid Origin header",
      Tornado: "Cross origin websockets not allowed",
      Jupyter: "Blocking Cross Origin WebSocket Attempt",
      Spring: "Handshake request rejected, Origin header value",
      Rails: "Request origin not allowed:",
      Phoenix: "Could not check origin for Phoenix.Socket transport",
      Grafana: 'msg="Request Origin is not authorized"',
      n8n: "Origin header does NOT match the expected origin",
    },
    note: "Often it is a proxy that changed Host: most of these compare the Origin with it. Else the list is check_origin (Phoenix), allowed_request_origins (Rails), allowed_origins of [live] (Grafana), setAllowedOrigins (Spring), allow_origin (Jupyter).",
  },
  {
    codes: ["ORIGIN_REJECTED"],
    what: "Action Cable refused a request whose headers are right, usually for its Origin: the line before tells.",
    says: { Rails: "Failed to upgrade to WebSocket ({}HTTP_CONNECTION: {}upgrade{}, HTTP_UPGRADE: websocket)" },
    note: "Without `Request origin not allowed` before it, the web server cannot hand its sockets over: use Puma.",
  },
  {
    codes: ["AUTH_REQUIRED"],
    what: "The server does not know who connects, and refused.",
    says: {
      Jupyter: "Couldn't authenticate WebSocket connection",
      Rails: "An unauthorized connection attempt was rejected",
    },
    note: "The cookie or the token did not come with the handshake, or is of another site. Action Cable opens the socket first, and closes it then.",
  },
  {
    codes: ["FORBIDDEN"],
    what: "Jupyter refuses requests for a host name that is not local, and answers 403.",
    says: { Jupyter: "Blocking request with non-local 'Host'" },
    note: "allow_remote_access lets them in, where a proxy or a token guards it; local_hostnames names those that count as local.",
  },
  {
    codes: ["HANDLER_ERROR"],
    what: "Code of an Action Cable connection or channel threw: the socket stays open, or ends without a word of why.",
    says: { Rails: "ERROR -- : There was an exception -" },
    note: "The lines below it name the code.",
  },
  {
    codes: ["FORBIDDEN", "AUTH_REQUIRED"],
    what: "The application refused the socket: connect/3 of the socket's module did not return {:ok, socket}.",
    says: { Phoenix: "REFUSED CONNECTION TO {}" },
    note: "Phoenix answers 403. See what connect/3 looks at: params, the session's token.",
  },
  {
    codes: ["NO_ROUTE", "FORBIDDEN"],
    what: "uvicorn answered {n}: the application closed the socket before it accepted it.",
    says: { uvicorn: ['"WebSocket {}" {n}', "connection rejected ({n}"] },
    note: "Starlette and FastAPI do so for a path without a WebSocket route, too; otherwise a dependency or the endpoint refused.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "The server of Pusher's protocol opened the socket, does not know the key in its path, and closes it with 4001.",
    says: { Pusher: '"message{}Application does not exist' },
    note: "Reverb: REVERB_APP_KEY of the server and VITE_REVERB_APP_KEY of the built page have to be the same; after a change of either restart the server, and build the page anew.",
  },
  {
    codes: ["FORBIDDEN", "ORIGIN_REJECTED", "AUTH_REQUIRED"],
    what: "The application refused the socket before it accepted it: the answer is 403.",
    says: { Django: ["WebSocket REJECT {} [", '"WSREJECT {}"'] },
    note: "A consumer that calls close() in connect(), or AllowedHostsOriginValidator, whose list is ALLOWED_HOSTS.",
  },
  {
    codes: ["NO_ROUTE"],
    what: "The application has no route for this path.",
    says: { Django: ["ValueError: No route found for path", "Resolver404: No route found for path"] },
    note: "URLRouter matches without the leading slash, as urls.py does: see websocket_urlpatterns.",
  },
  {
    codes: ["UNHANDLED_UPGRADE"],
    what: "The ASGI application takes no WebSockets.",
    says: { Django: "No application configured for scope type 'websocket'" },
    note: 'Add "websocket" to the ProtocolTypeRouter in asgi.py.',
  },
  {
    codes: ["HANDLER_ERROR"],
    what: "The application ended without an answer to the handshake.",
    says: {
      uvicorn: [
        "ASGI callable returned without sending handshake",
        "ASGI callable returned without completing handshake",
      ],
    },
    note: "It has to await websocket.accept(), or to close. An exception in the log before it tells more.",
  },
  {
    codes: [],
    what: "SignalR's negotiation, an ordinary POST before any WebSocket, was answered {n}.",
    says: { SignalR: "Failed to complete negotiation with the server: Error: {}Status code '{n}'" },
    note: "404: the hub's path is wrong, or a proxy lacks it. 401 and 403: the user's rights, or CORS. skipNegotiation with WebSockets alone leaves it out.",
  },
  {
    codes: [],
    what: "SignalR's own handshake, the first message on the open socket, was not accepted.",
    says: { SignalR: "Server returned handshake error:" },
    note: "`Handshake was canceled`: it did not come in time (HandshakeTimeout, 15 s): a proxy holds the first message, or a server is busy. Otherwise client and server speak other protocols (JSON, MessagePack, blazorpack).",
  },
  {
    codes: [],
    what: "SignalR's client and server share no transport: the WebSocket is not among those that the server's negotiation offered, or the client takes.",
    says: { SignalR: "None of the transports supported by the client are supported by the server" },
    note: "On IIS turn on the WebSocket Protocol feature; elsewhere see options.Transports of MapHub, and the client's transport.",
  },
  {
    codes: ["STATUS_NOT_101", "UPGRADE_STRIPPED", "UNHANDLED_UPGRADE"],
    what: "SignalR negotiated, and the WebSocket was refused.",
    says: { SignalR: "WebSocket failed to connect. The connection could not be found on the server" },
    note: "A browser does not tell why: a proxy without upgrade lines, or several servers without sticky sessions (the id is another's).",
  },
];
