import type { Symptom } from "../symptom.ts";

/** What applications say that have a WebSocket inside: Home Assistant, netty-socketio, Reverb, Discord, Baileys. */
export const APPLICATIONS: readonly Symptom[] = [
  {
    codes: ["SLOW_CONSUMER"],
    what: "Home Assistant ended a client's socket, which took its messages more slowly than they came.",
    says: {
      "Home Assistant": ["Client exceeded max pending messages", "Client unable to keep up with pending messages"],
    },
    note: "Usual for a tab in the background or a weak network, and for an integration that changes states in a flood: the client comes back by itself. The number in brackets is the connection's: debug logs of homeassistant.components.websocket_api tell whose it is.",
  },
  {
    codes: [],
    what: "Home Assistant got X-Forwarded-For from a proxy that it was not told to trust, and answers 400 to every request, the socket's too.",
    says: {
      "Home Assistant": [
        "A request from a reverse proxy was received from {}HTTP integration is not set-up for reverse proxies",
        "Received X-Forwarded-For header from an untrusted proxy",
      ],
    },
    note: "In configuration.yaml under http: use_x_forwarded_for: true, and trusted_proxies with the address that the line names; then restart it.",
  },
  {
    codes: ["AUTH_REQUIRED"],
    what: "Home Assistant opened the socket, and the client's first message, which has to be its token, did not come or was refused.",
    says: {
      "Home Assistant": [
        "Disconnected: Did not receive auth message within 10 seconds",
        "Login attempt or request with invalid authentication from {} Requested URL: '/api/websocket'",
      ],
    },
    note: "Make a new long-lived access token, or log the app in anew. Addresses that fail often are banned: ip_bans.yaml.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "A client sent Home Assistant something that is no JSON in a text message, and its socket was ended.",
    says: {
      "Home Assistant": ["Disconnected: Received invalid JSON", "Disconnected: Received non-Text message"],
    },
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE", "CLOSED_BY_SERVER"],
    what: "The Supervisor, through which an add-on reaches Home Assistant's socket, saw one of the two sides end.",
    says: {
      "Home Assistant": [
        "Home Assistant WebSocket API error: Received message {} is not WSMsgType.TEXT",
        "Home Assistant WebSocket API connection is closed",
      ],
    },
    note: "8 and 257 stand for closed sockets: usual when Home Assistant or the add-on restarts.",
  },
  {
    codes: ["NO_ROUTE"],
    what: "netty-socketio got a request whose path is not Socket.IO's, and answered 400.",
    says: { "netty-socketio": ["Blocked wrong socket.io-context request", "Blocked wrong request! url:"] },
    note: "The client's path and the server's setContext have to be the same: /socket.io by default. A plain WebSocket client finds nothing here, and health checks and scanners print it too.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "netty-socketio found no transport in the request that it serves, and answered 400.",
    says: {
      "netty-socketio": [
        "Can't find http transport",
        "Got no transports for request",
        "Unknown transport for request",
        "Unsupported transport for request",
      ],
    },
    note: "Socket.IO's clients add ?EIO=4&transport=websocket, or polling: what asked was another program, or a proxy that drops the query. setTransports says which are served.",
  },
  {
    codes: ["AUTH_REQUIRED"],
    what: "netty-socketio was asked to open a session that this process does not have, and closed the connection.",
    says: { "netty-socketio": "Unauthorized client with sessionId: {} Channel closed!" },
    note: "Usual with several processes or machines without sticky sessions, and after a restart: the session's first request went to another one.",
  },
  {
    codes: ["UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "Laravel Reverb got a request for a socket's path that is no handshake: neither Upgrade nor Connection arrived.",
    says: { Reverb: "PusherController::__invoke(): Argument #2 ($connection) must be of type {}Reverb\\Connection" },
    note: "Usual behind a proxy without upgrade lines, and where somebody opens /app/… in a browser; it answers 500.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "Laravel could not publish an event to Reverb, or Pusher: an ordinary POST was answered {n}. It says nothing about sockets.",
    says: { Reverb: "Pusher error: error code: {n}" },
    note: "REVERB_HOST, REVERB_PORT and REVERB_SCHEME are where the application posts to, which may be another address than the browser's.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "Discord's gateway does not take the token that the bot came with, and closes with 4004.",
    says: { Discord: ["WebSocket closed with 4004", "server sent close 4004", "code = 4004 ({}Authentication failed"] },
    note: "Make a new token, and give the program that one: it was reset, or is another bot's.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "Discord's gateway refuses the intents that the bot asks for: 4013 for a wrong number, 4014 for privileged ones.",
    says: {
      Discord: [
        "WebSocket closed with 4013",
        "WebSocket closed with 4014",
        "server sent close 4013",
        "server sent close 4014",
        "Disallowed intent(s)",
      ],
    },
    note: "Turn them on in the developer portal, under Bot, or ask for fewer. Of a voice connection 4014 says that the channel is gone, or the bot was moved.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "Discord closed a session that it does not know any more: 4006.",
    says: { Discord: ["WebSocket closed with 4006", "server sent close 4006"] },
    note: "Of a voice connection: the library's voice version is too old, or the voice server changed; update the library, and connect anew.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE", "CLOSED_BY_SERVER", "IDLE_CUT"],
    what: "Baileys' socket to WhatsApp ended, with a Close or without one: Connection Terminated is its 428.",
    says: { Baileys: "baileys{}Connection Terminated" },
    note: "Connect anew with the saved session, unless it was logged out (401); 515 asks for a new connection after pairing, and is no fault.",
  },
  {
    codes: ["STATUS_NOT_101", "UPGRADE_STRIPPED", "TCP_REFUSED"],
    what: "VS Code's window could not open its WebSocket to the remote server.",
    says: {
      "VS Code": ["socketFactory.connect() failed or timed out", "The workbench failed to connect to the server"],
    },
    note: "Behind a proxy the upgrade lines are missing; without one the remote server has ended, or was restarted by an update. The lines behind it have the close code, which is 1006 for both.",
  },
];
