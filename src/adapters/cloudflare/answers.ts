/** The 101 that hands the client's end of a socket over. */
export function switching(webSocket: unknown, headers: Headers = new Headers(), protocol = ""): Response {
  if (protocol) headers.set("sec-websocket-protocol", protocol);
  return new Response(null, { status: 101, webSocket, headers } as ResponseInit);
}
