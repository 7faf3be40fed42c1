/** What one program prints. */
export interface Family {
  /** Where the lines are from. */
  readonly from: string;
  /** Its lines, each with a code that it has to be explained with; "" where it has to be known, and no code fits. */
  readonly lines: readonly (readonly [code: string, line: string])[];
  /** Lines that look like them and mean something else: none of the codes may be named. */
  readonly unlike: readonly (readonly [line: string, ...codes: readonly string[]])[];
}

/** `run`: the program was run here, in 2026-11. The others are imitated from the source that is named. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  okhttp: {
    from: "run: okhttp 3.13.1 (libokhttp-java); okhttp 5.4.0, RealWebSocket.kt and WebSocketReader.kt",
    lines: [
      ["FORBIDDEN", "java.net.ProtocolException: Expected HTTP 101 response but was '403 Forbidden'"],
      [
        "ACCEPT_MISMATCH",
        "java.net.ProtocolException: Expected 'Sec-WebSocket-Accept' header value 'o0IJWLp52K0GL+zTJkdmu1PfltI=' but was 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='",
      ],
      [
        "ACCEPT_MISSING",
        "java.net.ProtocolException: Expected 'Sec-WebSocket-Accept' header value 'o0IJWLp52K0GL+zTJkdmu1PfltI=' but was 'null'",
      ],
      [
        "RESPONSE_UPGRADE_BAD",
        "java.net.ProtocolException: Expected 'Upgrade' header value 'websocket' but was 'null'",
      ],
      [
        "CONNECTION_LIST_WARN",
        "java.net.ProtocolException: Expected 'Connection' header value 'Upgrade' but was 'keep-alive, Upgrade'",
      ],
      ["NOT_HTTP", "java.net.ProtocolException: Unexpected status line: SSH-2.0-OpenSSH_9.2"],
      [
        "CLOSED_BEFORE_RESPONSE",
        "java.io.IOException: unexpected end of stream on Connection{127.0.0.1:39943, proxy=DIRECT hostAddress=/127.0.0.1:39943 cipherSuite=none protocol=http/1.1}",
      ],
      ["TCP_REFUSED", "java.net.ConnectException: Failed to connect to /127.0.0.1:42555"],
      ["ENDED_WITHOUT_CLOSE", "java.io.EOFException"],
      ["RSV_UNEXPECTED", "java.net.ProtocolException: Reserved flags are unsupported."],
      ["RSV_UNEXPECTED", "java.net.ProtocolException: Unexpected rsv1 flag"],
      ["FRAME_MASKED", "java.net.ProtocolException: Server-sent frames must not be masked."],
      ["OPCODE_INVALID", "java.net.ProtocolException: Unknown opcode: 3"],
      ["CONTROL_TOO_LONG", "java.net.ProtocolException: Control frame must be less than 125B."],
      ["HTTP_AFTER_101", "java.net.ProtocolException: Control frames must be final."],
      ["CLOSE_CODE_INVALID", "java.net.ProtocolException: Code 1004 is reserved and may not be used."],
      [
        "PING_TIMEOUT",
        "java.net.SocketTimeoutException: sent ping but didn't receive pong within 30000ms (after 2 successful ping/pongs)",
      ],
      [
        "DNS_FAILED",
        'java.net.UnknownHostException: Unable to resolve host "chat.example": No address associated with hostname',
      ],
      [
        "",
        "java.net.UnknownServiceException: CLEARTEXT communication to 10.0.2.2 not permitted by network security policy",
      ],
    ],
    unlike: [
      ["java.io.EOFException: End of input at line 1 column 1 path $", "ENDED_WITHOUT_CLOSE"],
      ["Expected 'Content-Type' header value 'text/html' but was 'null'", "RESPONSE_UPGRADE_BAD", "ACCEPT_MISSING"],
      ["Unknown opcode: BADCODE in class file", "OPCODE_INVALID"],
    ],
  },
  Netty: {
    from: "run: Netty 4.1.48 (libnetty-java)",
    lines: [
      [
        "UNHANDLED_UPGRADE",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid handshake response getStatus: 404 Not Found",
      ],
      [
        "NOT_HTTP",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid handshake response getStatus: 999 Unknown",
      ],
      [
        "ACCEPT_MISMATCH",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid challenge. Actual: AAAA=. Expected: tPD0Rnc9UazzWYwTX5YduINt+Ek=",
      ],
      [
        "RESPONSE_UPGRADE_BAD",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid handshake response upgrade: null",
      ],
      [
        "RESPONSE_CONNECTION_BAD",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid handshake response connection: close",
      ],
      [
        "SUBPROTOCOL_UNREQUESTED",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid subprotocol. Actual: chat. Expected one of: null",
      ],
      [
        "SUBPROTOCOL_UNANSWERED",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid subprotocol. Actual: null. Expected one of: chat",
      ],
      [
        "SUBPROTOCOL_MISMATCH",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: Invalid subprotocol. Actual: other. Expected one of: chat",
      ],
      [
        "TLS_TO_PLAIN_PORT",
        "io.netty.handler.ssl.NotSslRecordException: not an SSL/TLS record: 485454502f312e31203430302042616420526571756573740d0a",
      ],
      [
        "PLAIN_TO_TLS_PORT",
        "io.netty.handler.ssl.NotSslRecordException: not an SSL/TLS record: 474554202f20485454502f312e310d0a",
      ],
      [
        "RSV_UNEXPECTED",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: RSV != 0 and no extension negotiated, RSV:4",
      ],
      [
        "FRAME_MASKED",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: received a frame that is not masked as expected",
      ],
      [
        "OPCODE_INVALID",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: data frame using reserved opcode 3",
      ],
      [
        "CONTROL_FRAGMENTED",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: fragmented control frame",
      ],
      [
        "CLOSE_CODE_INVALID",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: Invalid close frame getStatus code: 1004",
      ],
      ["INVALID_UTF8", "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: bytes are not UTF-8"],
      [
        "TCP_REFUSED",
        "io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: /127.0.0.1:42555",
      ],
      [
        "MESSAGE_TOO_BIG",
        "io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException: Max frame length of 65536 has been exceeded.",
      ],
      [
        "UPGRADE_STRIPPED",
        "io.netty.handler.codec.http.websocketx.WebSocketHandshakeException: not a WebSocket handshake request: missing upgrade",
      ],
    ],
    unlike: [
      ["io.netty.handler.codec.TooLongFrameException: Adjusted frame length exceeds 65536", "MESSAGE_TOO_BIG"],
      ["java.io.IOException: bytes are not UTF-8", "INVALID_UTF8"],
      ["Invalid handshake response from peer: certificate", "STATUS_NOT_101"],
    ],
  },
  "Java, Tomcat and Spring": {
    from: "run: JDK 17, Tomcat 9.0.70 (libtomcat9-java); Spring Framework, AbstractHandshakeHandler and OriginHandshakeInterceptor",
    lines: [
      ["STATUS_NOT_101", "java.util.concurrent.ExecutionException: java.net.http.WebSocketHandshakeException"],
      [
        "CLOSED_BEFORE_RESPONSE",
        "java.util.concurrent.ExecutionException: java.io.IOException: HTTP/1.1 header parser received no bytes",
      ],
      ["NOT_HTTP", 'java.net.ProtocolException: Invalid status line: "SSH-2.0-OpenSSH_9.2"'],
      ["TLS_TO_PLAIN_PORT", "javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?"],
      ["TLS_TO_PLAIN_PORT", "javax.net.ssl.SSLException: Unsupported or unrecognized SSL message"],
      [
        "CERT_INVALID",
        "javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
      ],
      [
        "OVERLOADED",
        "javax.websocket.DeploymentException: The HTTP response from the server [503] did not permit the HTTP upgrade to WebSocket",
      ],
      [
        "AUTH_REQUIRED",
        "javax.websocket.DeploymentException: Failed to handle HTTP response code [401]. Missing [WWW-Authenticate] header in response",
      ],
      ["EXTENSION_UNREQUESTED", "java.lang.IllegalArgumentException: The extension [x-foo] is not supported"],
      [
        "CLOSED_BEFORE_RESPONSE",
        "java.io.EOFException: The HTTP upgrade to WebSocket failed but partial data may have been received: Status Code [0], HTTP headers [{}]",
      ],
      [
        "UPGRADE_STRIPPED",
        "ERROR o.s.w.s.s.s.DefaultHandshakeHandler - Handshake failed due to invalid Upgrade header: null",
      ],
      ["CONNECTION_NO_UPGRADE", "Handshake failed due to invalid Connection header [keep-alive]"],
      ["VERSION_UNSUPPORTED", "Handshake failed due to unsupported WebSocket version: null. Supported versions: [13]"],
      ["KEY_MISSING", 'Missing "Sec-WebSocket-Key" header'],
      ["ORIGIN_REJECTED", "Handshake request rejected, Origin header value http://localhost:4200 not allowed"],
      ["METHOD_NOT_GET", "Handshake failed due to unexpected HTTP method: POST"],
      [
        "MESSAGE_TOO_BIG",
        "The decoded text message was too big for the output buffer and the endpoint does not support partial messages",
      ],
      ["ENDED_WITHOUT_CLOSE", "org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe"],
      ["", "java.net.BindException: Address already in use"],
    ],
    unlike: [
      ["HTTP request failed with response [503]", "OVERLOADED", "STATUS_NOT_101"],
      ["Login failed due to invalid Origin header", "CONNECTION_NO_UPGRADE", "UPGRADE_STRIPPED"],
      ["java.util.concurrent.ExecutionException: java.io.IOException: closed", "CLOSED_BEFORE_RESPONSE"],
    ],
  },
  "Java-WebSocket and nv-websocket-client": {
    from: "Java-WebSocket 1.6.0, Draft_6455.java and AbstractWebSocket.java; nv-websocket-client 2.14, HandshakeReader.java and WebSocketInputStream.java",
    lines: [
      ["FORBIDDEN", "Invalid status code received: 403 Status line: HTTP/1.1 403 Forbidden"],
      [
        "STATUS_NOT_101",
        "Closed with exit code 1002 additional info: draft Draft_6455 extension: DefaultExtension max frame size: 2147483647 refuses handshake",
      ],
      [
        "PING_TIMEOUT",
        "The connection was closed because the other endpoint did not respond with a pong in time. For more information check: https://github.com/TooTallNate/Java-WebSocket/wiki/Lost-connection-detection",
      ],
      [
        "RSV_UNEXPECTED",
        "org.java_websocket.exceptions.InvalidFrameException: bad rsv RSV1: true RSV2: false RSV3: false",
      ],
      ["CLOSED_BY_SERVER", "org.java_websocket.exceptions.WebsocketNotConnectedException"],
      [
        "AUTH_REQUIRED",
        "The status code of the opening handshake response is not '101 Switching Protocols'. The status line is: HTTP/1.1 401 Unauthorized",
      ],
      ["RESPONSE_UPGRADE_BAD", "The opening handshake response does not contain 'Upgrade' header."],
      ["ACCEPT_MISMATCH", "The value of 'Sec-WebSocket-Accept' header is different from the expected one."],
      ["RSV_UNEXPECTED", "The RSV1 bit of a frame is set unexpectedly."],
      [
        "ENDED_WITHOUT_CLOSE",
        "com.neovisionaries.ws.client.WebSocketException: No more WebSocket frame from the server.",
      ],
      ["TCP_REFUSED", "Failed to connect to 'chat.example:80': Connection refused (Connection refused)"],
    ],
    unlike: [
      ["Invalid status code received: 403 from the payment service", "FORBIDDEN"],
      ["The response does not contain 'Upgrade' advice", "RESPONSE_UPGRADE_BAD"],
    ],
  },
  ".NET and SignalR": {
    from: "dotnet/runtime, System.Net.WebSockets and System.Net.WebSockets.Client, Strings.resx; @microsoft/signalr 10.0.11",
    lines: [
      [
        "FORBIDDEN",
        "System.Net.WebSockets.WebSocketException (0x80004005): The server returned status code '403' when status code '101' was expected.",
      ],
      ["RESPONSE_UPGRADE_BAD", "System.Net.WebSockets.WebSocketException: The 'Upgrade' header value '' is invalid."],
      ["RESPONSE_CONNECTION_BAD", "The 'Connection' header value 'close' is invalid."],
      ["ACCEPT_MISMATCH", "The 'Sec-WebSocket-Accept' header value 'AAAA=' is invalid."],
      ["ACCEPT_MISSING", "The server's response was missing the required header 'Sec-WebSocket-Accept'."],
      [
        "SUBPROTOCOL_MISMATCH",
        "The WebSocket client request requested 'ocpp1.6' protocol(s), but server is only accepting 'ocpp2.0.1' protocol(s).",
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        "The remote party closed the WebSocket connection without completing the close handshake.",
      ],
      ["FRAME_MASKED", "The WebSocket server sent a masked frame."],
      ["RSV_UNEXPECTED", "The WebSocket received a frame with one or more reserved bits set."],
      ["OPCODE_INVALID", "The WebSocket received a frame with an unknown opcode: '0x3'."],
      [
        "PING_TIMEOUT",
        "The WebSocket didn't recieve a Pong frame in response to a Ping frame within the configured KeepAliveTimeout.",
      ],
      [
        "CLOSED_BY_SERVER",
        "The WebSocket is in an invalid state ('Aborted') for this operation. Valid states are: 'Open, CloseReceived'",
      ],
      ["", "There is already one outstanding 'SendAsync' call for this WebSocket instance."],
      ["", "Only Uris starting with 'ws://' or 'wss://' are supported."],
      ["STATUS_NOT_101", "System.Net.WebSockets.WebSocketException: Unable to connect to the remote server"],
      [
        "TLS_TO_PLAIN_PORT",
        "System.Security.Authentication.AuthenticationException: Cannot determine the frame size or a corrupted frame was received.",
      ],
      [
        "CERT_INVALID",
        "The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch",
      ],
      ["TCP_REFUSED", "System.Net.Sockets.SocketException (111): Connection refused"],
      ["PING_TIMEOUT", "Error: Server timeout elapsed without receiving a message from the server."],
      [
        "IDLE_CUT",
        "Connection disconnected with error 'Error: WebSocket closed with status code: 1006 (no reason given).'.",
      ],
      [
        "UPGRADE_STRIPPED",
        "Error: Failed to start the transport 'WebSockets': Error: WebSocket failed to connect. The connection could not be found on the server, either the endpoint may not be a SignalR endpoint, the connection ID is not present on the server, or there is a proxy blocking WebSockets.",
      ],
      ["", "Uncaught Error: Server returned handshake error: Handshake was canceled."],
      [
        "",
        "Error: Failed to complete negotiation with the server: Error: Not Found: Status code '404' Either this is not a SignalR endpoint or there is a proxy blocking the connection.",
      ],
    ],
    unlike: [
      ["The 'Content-Length' header value '' is invalid.", "RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD"],
      [
        "Error: Failed to complete negotiation with the server: Error: Not Found: Status code '404'",
        "UNHANDLED_UPGRADE",
        "NO_ROUTE",
      ],
      ["The server returned status code '500' when status code '200' was expected.", "HANDLER_ERROR"],
    ],
  },
  Dart: {
    from: "dart-lang/sdk, sdk/lib/_http/websocket_impl.dart",
    lines: [
      [
        "OVERLOADED",
        "WebSocketException: Connection to 'https://chat.example:0/socket#' was not upgraded to websocket, HTTP status code: 503",
      ],
      ["STATUS_NOT_101", "WebSocketException: Connection to 'http://10.0.2.2:8080/ws#' was not upgraded to websocket"],
      ["ACCEPT_MISMATCH", "WebSocketException: Bad response 'Sec-WebSocket-Accept' header"],
      ["ACCEPT_MISSING", "WebSocketException: Response did not contain a 'Sec-WebSocket-Accept' header"],
      ["", "WebSocketException: Unsupported URL scheme 'http'"],
      [
        "TCP_REFUSED",
        "SocketException: Connection refused (OS Error: Connection refused, errno = 111), address = localhost, port = 36942",
      ],
      [
        "DNS_FAILED",
        "SocketException: Failed host lookup: 'chat.example' (OS Error: No address associated with hostname, errno = 7)",
      ],
      [
        "TLS_TO_PLAIN_PORT",
        "HandshakeException: Handshake error in client (OS Error: WRONG_VERSION_NUMBER(tls_record.cc:231))",
      ],
      [
        "CERT_INVALID",
        "HandshakeException: Handshake error in client (OS Error: CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate(handshake.cc:393))",
      ],
      [
        "CLOSED_BEFORE_RESPONSE",
        "HttpException: Connection closed before full header was received, uri = http://10.0.2.2:8080/ws",
      ],
    ],
    unlike: [
      ["SocketException: Connection refused by user", "TCP_REFUSED"],
      ["The plan was not upgraded, HTTP status code: 503", "OVERLOADED"],
    ],
  },
  "Starscream and SocketRocket": {
    from: "Starscream 4.0.8, Sources; SocketRocket 0.7.1, SRWebSocket.m",
    lines: [
      ["AUTH_REQUIRED", 'error(Optional(Starscream.HTTPUpgradeError.notAnUpgrade(401, ["Server": "nginx"])))'],
      [
        "UNHANDLED_UPGRADE",
        'disconnected with error Optional(Starscream.WSError(type: Starscream.ErrorType.upgradeError, message: "Invalid HTTP upgrade", code: 404))',
      ],
      ["ENDED_WITHOUT_CLOSE", "WebSocket network error: The operation couldn’t be completed. Socket is not connected"],
      [
        "ACCEPT_MISMATCH",
        'WSError(type: Starscream.ErrorType.securityError, message: "accept header doesn\'t match", code: 1)',
      ],
      [
        "RSV_UNEXPECTED",
        'WSError(type: Starscream.ErrorType.protocolError, message: "masked and rsv data is not currently supported", code: 1002)',
      ],
      ["OPCODE_INVALID", 'WSError(type: Starscream.ErrorType.protocolError, message: "unknown opcode: 3", code: 1002)'],
      ["FORBIDDEN", 'Error Domain=SRWebSocketErrorDomain Code=2132 "Received bad response code from server: 403."'],
      ["ACCEPT_MISMATCH", 'Error Domain=SRWebSocketErrorDomain Code=2133 "Invalid Sec-WebSocket-Accept response."'],
      ["SUBPROTOCOL_UNREQUESTED", "Server specified Sec-WebSocket-Protocol that wasn't requested."],
      ["RESPONSE_TIMEOUT", "Timed out connecting to server."],
      ["ENDED_WITHOUT_CLOSE", 'didCloseWithCode:1001 reason:"Stream end encountered"'],
      ["FRAME_MASKED", "Client must receive unmasked data"],
      [
        "",
        "The resource could not be loaded because the App Transport Security policy requires the use of a secure connection.",
      ],
    ],
    unlike: [
      ['Error Domain=NSURLErrorDomain Code=2132 "Received bad response"', "FORBIDDEN"],
      ['WSError(type: other, message: "header doesn\'t match")', "ACCEPT_MISMATCH"],
    ],
  },
  tungstenite: {
    from: "tungstenite-rs 0.29.0, src/error.rs",
    lines: [
      ["FORBIDDEN", "HTTP error: 403 Forbidden"],
      ["FORBIDDEN", "Error: Http(Response { status: 403, version: HTTP/1.1, headers: {} })"],
      ["ACCEPT_MISMATCH", 'WebSocket protocol error: Key mismatch in "Sec-WebSocket-Accept" header'],
      ["RESPONSE_UPGRADE_BAD", 'WebSocket protocol error: No "Upgrade: websocket" header'],
      ["CONNECTION_NO_UPGRADE", 'WebSocket protocol error: No "Connection: upgrade" header'],
      ["SUBPROTOCOL_UNANSWERED", "WebSocket protocol error: SubProtocol error: Server sent no subprotocol"],
      ["ENDED_WITHOUT_CLOSE", "WebSocket protocol error: Connection reset without closing handshake"],
      ["CLOSED_BEFORE_RESPONSE", "WebSocket protocol error: Handshake not finished"],
      ["NOT_HTTP", "WebSocket protocol error: httparse error: invalid HTTP version"],
      ["RSV_UNEXPECTED", "WebSocket protocol error: Reserved bits are non-zero"],
      ["FRAME_UNMASKED", "WebSocket protocol error: Received an unmasked frame from client"],
      ["FRAME_MASKED", "WebSocket protocol error: Received a masked frame from server"],
      ["MESSAGE_TOO_BIG", "Space limit exceeded: Message too long: 67108865 > 67108864"],
      ["CLOSED_BY_SERVER", "Trying to work with closed connection"],
      ["TCP_REFUSED", "IO error: Connection refused (os error 111)"],
      ["", "URL error: TLS support not compiled in"],
      ["", "URL error: URL scheme not supported"],
    ],
    unlike: [
      ["payments: HTTP error: 403 Forbidden for url (https://api.example/)", "FORBIDDEN"],
      ["Space limit exceeded: disk quota", "MESSAGE_TOO_BIG"],
    ],
  },
  "Go: net/http, gorilla and coder/websocket": {
    from: "run: Go 1.19.8, gorilla 1.5.0, nhooyr 1.8.7 (golang-github-gorilla-websocket-dev, golang-nhooyr-websocket-dev); coder/websocket 1.8.15",
    lines: [
      ["STATUS_NOT_101", "websocket: bad handshake"],
      ["IDLE_CUT", "websocket: close 1006 (abnormal closure): unexpected EOF"],
      ["RSV_UNEXPECTED", "websocket: RSV2 set, RSV3 set, bad opcode 12"],
      ["RSV_UNEXPECTED", "websocket: RSV1 set"],
      ["OPCODE_INVALID", "websocket: bad opcode 3"],
      ["CONTINUATION_UNEXPECTED", "websocket: continuation after FIN"],
      ["FRAME_MASKED", "websocket: bad MASK"],
      ["CONTROL_TOO_LONG", "websocket: len > 125 for control"],
      ["CONTROL_FRAGMENTED", "websocket: FIN not set on control"],
      ["CLOSE_CODE_INVALID", "websocket: bad close code 1004"],
      ["MESSAGE_TOO_BIG", "websocket: read limit exceeded"],
      ["NOT_HTTP", 'malformed HTTP response "SSH-2.0-OpenSSH_9.2"'],
      ["TCP_REFUSED", "dial tcp 127.0.0.1:42555: connect: connection refused"],
      ["CERT_INVALID", "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"],
      ["TLS_TO_PLAIN_PORT", "http: server gave HTTP response to HTTPS client"],
      ["STATUS_NOT_101", "failed to WebSocket dial: expected handshake response status code 101 but got 404"],
      [
        "RESPONSE_UPGRADE_BAD",
        'failed to WebSocket dial: WebSocket protocol violation: Upgrade header "h2c" does not contain websocket',
      ],
      [
        "RESPONSE_CONNECTION_BAD",
        'failed to WebSocket dial: WebSocket protocol violation: Connection header "" does not contain Upgrade',
      ],
      [
        "ACCEPT_MISMATCH",
        'failed to WebSocket dial: WebSocket protocol violation: invalid Sec-WebSocket-Accept "AAAA=", key "pgnqlWbjNSFa+8aORaH2Ww=="',
      ],
      [
        "SUBPROTOCOL_UNREQUESTED",
        'failed to WebSocket dial: WebSocket protocol violation: unexpected Sec-WebSocket-Protocol from server: "chat"',
      ],
      [
        "EXTENSION_UNREQUESTED",
        "failed to WebSocket dial: WebSocket protcol violation: unsupported extensions from server: []",
      ],
      [
        "CLOSED_BEFORE_RESPONSE",
        'failed to WebSocket dial: failed to send handshake request: Get "http://127.0.0.1:39943/": EOF',
      ],
      ["ENDED_WITHOUT_CLOSE", "failed to get reader: failed to read frame header: EOF"],
      ["MESSAGE_TOO_BIG", "failed to read: read limited at 32769 bytes"],
      ["ORIGIN_REJECTED", 'request Origin "localhost:3000" is not authorized for Host "127.0.0.1:8080"'],
      ["UPGRADE_STRIPPED", 'WebSocket protocol violation: Upgrade header "" does not contain websocket'],
      [
        "CONNECTION_NO_UPGRADE",
        'WebSocket protocol violation: Connection header "keep-alive" does not contain Upgrade',
      ],
      ["HTTP_1_0", 'WebSocket protocol violation: handshake request must be at least HTTP/1.1: "HTTP/1.0"'],
      ["RESPONSE_MUTATED", "websocket: response does not implement http.Hijacker"],
      [
        "RESPONSE_MUTATED",
        "2026/11/27 10:00:00 http: response.WriteHeader on hijacked connection from main.serve (main.go:42)",
      ],
      [
        "",
        'http2: server: error reading preface from client 172.18.0.5:59866: bogus greeting "GET /echo?encoding=text "',
      ],
      ["", "panic: concurrent write to websocket connection"],
      ["", "write tcp 10.0.0.2:8080->10.0.0.9:50312: use of closed network connection"],
      ["ENDED_WITHOUT_CLOSE", "write tcp 10.0.0.2:8080->10.0.0.9:50312: write: broken pipe"],
      ["", "listen tcp :8080: bind: address already in use"],
    ],
    unlike: [
      [
        'failed to WebSocket dial: WebSocket protocol violation: Upgrade header "" does not contain websocket',
        "UPGRADE_STRIPPED",
      ],
      ["redis: read limit exceeded", "MESSAGE_TOO_BIG"],
      ['request Origin "a" is not authorized', "ORIGIN_REJECTED"],
    ],
  },
  "Python: websockets, websocket-client, aiohttp and Tornado": {
    from: "run: websockets 10.4, websocket-client 1.2.3, aiohttp 3.8.4, Tornado 6.2.0 (Debian 12)",
    lines: [
      ["FORBIDDEN", "websockets.exceptions.InvalidStatusCode: server rejected WebSocket connection: HTTP 403"],
      ["ACCEPT_MISMATCH", "websockets.exceptions.InvalidHeaderValue: invalid Sec-WebSocket-Accept header: AAAA="],
      ["RESPONSE_UPGRADE_BAD", "websockets.exceptions.InvalidUpgrade: invalid Upgrade header: h2c"],
      ["RESPONSE_UPGRADE_BAD", "websockets.exceptions.InvalidUpgrade: empty Upgrade header"],
      ["RESPONSE_CONNECTION_BAD", "websockets.exceptions.InvalidUpgrade: invalid Connection header: close"],
      ["SUBPROTOCOL_UNREQUESTED", "websockets.exceptions.InvalidHandshake: no subprotocols supported"],
      ["SUBPROTOCOL_MISMATCH", "websockets.exceptions.NegotiationError: unsupported subprotocol: other"],
      [
        "EXTENSION_UNREQUESTED",
        "websockets.exceptions.NegotiationError: Unsupported extension: name = x-foo, params = []",
      ],
      ["CLOSED_BEFORE_RESPONSE", "websockets.exceptions.InvalidMessage: did not receive a valid HTTP response"],
      ["IDLE_CUT", "websockets.exceptions.ConnectionClosedError: no close frame received or sent"],
      [
        "PING_TIMEOUT",
        "websockets.exceptions.ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received",
      ],
      ["RSV_UNEXPECTED", "websockets.exceptions.ProtocolError: reserved bits must be 0"],
      ["FRAME_MASKED", "websockets.exceptions.ProtocolError: incorrect masking"],
      ["UPGRADE_STRIPPED", "INFO:websockets.server:connection failed (426 Upgrade Required)"],
      ["CLOSED_BY_SERVER", "DEBUG:websockets.server:> CLOSE 1011 (unexpected error) [2 bytes]"],
      ["CLOSED_BY_SERVER", "code = 1011 (unexpected error), no reason"],
      ["IDLE_CUT", "code = 1006 (connection closed abnormally [internal]), no reason"],
      ["UPGRADE_STRIPPED", "Failed to open a WebSocket connection: empty Upgrade header."],
      ["CONNECTION_NO_UPGRADE", "Failed to open a WebSocket connection: empty Connection header."],
      ["REDIRECTED", "websockets.exceptions.SecurityError: too many redirects"],
      ["AUTH_REQUIRED", "websocket._exceptions.WebSocketBadStatusException: Handshake status 401 Unauthorized"],
      [
        "FORBIDDEN",
        "websocket._exceptions.WebSocketBadStatusException: Handshake status 403 Forbidden -+-+- {'date': 'x'} -+-+- b'<!DOCTYPE html>\\n<html>no</html>'",
      ],
      ["RESPONSE_UPGRADE_BAD", "websocket._exceptions.WebSocketException: Invalid WebSocket Header"],
      [
        "CLOSED_BEFORE_RESPONSE",
        "websocket._exceptions.WebSocketConnectionClosedException: Connection to remote host was lost.",
      ],
      ["RSV_UNEXPECTED", "websocket._exceptions.WebSocketProtocolException: rsv is not implemented, yet"],
      ["PING_TIMEOUT", "websocket._exceptions.WebSocketTimeoutException: ping/pong timed out"],
      ["CLOSED_BY_SERVER", "websocket._exceptions.WebSocketConnectionClosedException: socket is already closed."],
      [
        "UNHANDLED_UPGRADE",
        "aiohttp.client_exceptions.WSServerHandshakeError: 404, message='Invalid response status', url=URL('ws://127.0.0.1:38355/')",
      ],
      [
        "RESPONSE_UPGRADE_BAD",
        "aiohttp.client_exceptions.WSServerHandshakeError: 101, message='Invalid upgrade header', url=URL('ws://127.0.0.1:42089/')",
      ],
      [
        "CONNECTION_LIST_WARN",
        "aiohttp.client_exceptions.WSServerHandshakeError: 101, message='Invalid connection header', url=URL('ws://127.0.0.1:45111/')",
      ],
      [
        "ACCEPT_MISMATCH",
        "aiohttp.client_exceptions.WSServerHandshakeError: 101, message='Invalid challenge response', url=URL('ws://127.0.0.1:37393/')",
      ],
      ["CLOSED_BEFORE_RESPONSE", "aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected"],
      [
        "NOT_HTTP",
        "aiohttp.client_exceptions.ClientResponseError: 400, message='Expected HTTP/', url=URL('ws://127.0.0.1:34607/')",
      ],
      [
        "TCP_REFUSED",
        "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host 127.0.0.1:42555 ssl:default [Connect call failed ('127.0.0.1', 42555)]",
      ],
      [
        "TLS_TO_PLAIN_PORT",
        "aiohttp.client_exceptions.ClientConnectorSSLError: Cannot connect to host 127.0.0.1:38433 ssl:default [[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)]",
      ],
      [
        "CERT_INVALID",
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:992)",
      ],
      [
        "RSV_UNEXPECTED",
        "WebSocketError(<WSCloseCode.PROTOCOL_ERROR: 1002>, 'Received frame with non-zero reserved bits')",
      ],
      ["OPCODE_INVALID", "WebSocketError(<WSCloseCode.PROTOCOL_ERROR: 1002>, 'Unexpected opcode=3')"],
      ["CLOSE_CODE_INVALID", "WebSocketError(<WSCloseCode.PROTOCOL_ERROR: 1002>, 'Invalid close code: 1004')"],
      ["INVALID_UTF8", "WebSocketError(<WSCloseCode.INVALID_TEXT: 1007>, 'Invalid UTF-8 text message')"],
      ["UPGRADE_STRIPPED", 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".'],
      ["CONNECTION_NO_UPGRADE", "No CONNECTION upgrade hdr: keep-alive"],
      ["UNHANDLED_UPGRADE", "tornado.httpclient.HTTPClientError: HTTP 404: Not Found"],
      ["CLOSED_BEFORE_RESPONSE", "tornado.simple_httpclient.HTTPStreamClosedError: Stream closed"],
      ["UPGRADE_STRIPPED", 'WARNING:tornado.general: Can "Upgrade" only to "WebSocket".'],
      ["CONNECTION_NO_UPGRADE", '"Connection" must be "Upgrade".'],
      ["ORIGIN_REJECTED", "Cross origin websockets not allowed"],
      ["TCP_REFUSED", "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 42555)"],
    ],
    unlike: [
      ["ValueError: invalid opcode 42 in the disassembler", "OPCODE_INVALID"],
      ["requests: too many redirects for /login", "REDIRECTED"],
      ["404, message='Not Found', url=URL('http://a/')", "UNHANDLED_UPGRADE"],
      ["the status code of the job was 1011 (internal)", "INTERNAL"],
      ["INFO:payments.server:connection failed (426 Upgrade Required)", "UPGRADE_STRIPPED"],
      ["exit code = 1011 (unexpected error), no reason", "CLOSED_BY_SERVER"],
    ],
  },
  "Jupyter, uvicorn, Starlette and Django": {
    from: "run: uvicorn 0.17.6, Tornado 6.2.0, Jupyter Notebook 6.4.12, Jupyter Server 1.23.3, channels 4.0.0 on daphne 4.0.0 (Debian 12); jupyter_server 2.20.0, base/websocket.py; channels 4.3.2",
    lines: [
      [
        "ORIGIN_REJECTED",
        "[W 10:00:00 NotebookApp] Blocking Cross Origin WebSocket Attempt.  Origin: https://jupyter.example, Host: 127.0.0.1:8888",
      ],
      ["AUTH_REQUIRED", "[W 10:00:00 ServerApp] Couldn't authenticate WebSocket connection"],
      ["PING_TIMEOUT", "[W 10:00:00 ServerApp] WebSocket ping timeout after 119961 ms."],
      ["UPGRADE_NOT_WEBSOCKET", "WARNING:  Unsupported upgrade request."],
      [
        "",
        "WARNING:  No supported WebSocket library detected. Please use 'pip install uvicorn[standard]', or install 'websockets' or 'wsproto' manually.",
      ],
      ["NO_ROUTE", 'INFO:     127.0.0.1:51234 - "WebSocket /ws" 403'],
      ["NO_ROUTE", "INFO:     connection rejected (403 Forbidden)"],
      ["HANDLER_ERROR", "ERROR:    ASGI callable returned without sending handshake."],
      ["", 'RuntimeError: WebSocket is not connected. Need to call "accept" first.'],
      ["CLOSED_BY_SERVER", 'RuntimeError: Cannot call "send" once a close message has been sent.'],
      ["FORBIDDEN", "WebSocket REJECT /ws/chat/lobby/ [127.0.0.1:51234]"],
      ["FORBIDDEN", '127.0.0.1:49404 - - [27/Nov/2026:21:04:53] "WSREJECT /deny" - -'],
      ["CONNECTION_NO_UPGRADE", "HTTP Connection header missing"],
      ["KEY_MISSING", "HTTP Sec-WebSocket-Key header missing"],
      ["AUTH_REQUIRED", "[W 21:05:22.484 NotebookApp] Couldn't authenticate WebSocket connection"],
      [
        "FORBIDDEN",
        "[W 2026-11-27 21:05:33.410 ServerApp] 403 GET /api/kernels/b5763a2a-5bd9-4af9-9286-10942932eae1/channels?session_id=abc (127.0.0.1) 7.73ms referer=None",
      ],
      [
        "UPGRADE_STRIPPED",
        "[W 21:05:25.535 NotebookApp] 400 GET /api/kernels/f0326218-9aa2-42a3-a116-fc250346bd38/channels?session_id=abc (127.0.0.1) 1.320000ms referer=None",
      ],
      ["NO_ROUTE", "[W 21:05:28.591 NotebookApp] 404 GET /terminals/websocket/1 (127.0.0.1) 1.900000ms referer=None"],
      [
        "FORBIDDEN",
        "[W 21:05:30.117 NotebookApp] Blocking request with non-local 'Host' other.example (other.example). If the notebook should be accessible at that name, set NotebookApp.allow_remote_access to disable the check.",
      ],
      ["NO_ROUTE", "ValueError: No route found for path 'ws/chat/lobby'."],
      ["UNHANDLED_UPGRADE", "ValueError: No application configured for scope type 'websocket'"],
    ],
    unlike: [
      ['INFO:     127.0.0.1:51234 - "WebSocket /ws" [accepted]', "NO_ROUTE", "FORBIDDEN"],
      ['127.0.0.1:49398 - - [27/Nov/2026:21:04:52] "WSCONNECT /ok" - -', "FORBIDDEN"],
      [
        "[D 21:05:20.912 NotebookApp] 101 GET /api/kernels/f0326218-9aa2-42a3-a116-fc250346bd38/channels (127.0.0.1) 1.9ms",
        "STATUS_NOT_101",
      ],
      ["[I 21:05:20.912 NotebookApp] 403 GET /api/kernels (127.0.0.1) 1.9ms", "FORBIDDEN", "STATUS_NOT_101"],
      ["Blocking Cross Origin API request for /api/kernels.  Origin: https://a, Host: b", "ORIGIN_REJECTED"],
      ["ValueError: No application configured for scope type 'lifespan'", "UNHANDLED_UPGRADE"],
      ["WebSocket CONNECT /ws/chat/lobby/ [127.0.0.1:51234]", "FORBIDDEN"],
    ],
  },
  "Rails and Phoenix": {
    from: "run: Action Cable 6.1.7.10 on Puma 5.6.5 (Debian 12), two line forms of Puma-dev from reports; Phoenix 1.8.8, socket/transport.ex and logger.ex",
    lines: [
      ["ORIGIN_REJECTED", "Request origin not allowed: http://localhost:3001"],
      [
        "UPGRADE_STRIPPED",
        "Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: close, HTTP_UPGRADE: )",
      ],
      [
        "CONNECTION_NO_UPGRADE",
        "Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: close, HTTP_UPGRADE: websocket)",
      ],
      [
        "ORIGIN_REJECTED",
        "Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)",
      ],
      ["AUTH_REQUIRED", "An unauthorized connection attempt was rejected"],
      [
        "ORIGIN_REJECTED",
        "E, [2026-11-27T21:04:00.763233 #7530] ERROR -- : Request origin not allowed: http://evil.example",
      ],
      [
        "UPGRADE_STRIPPED",
        'I, [2026-11-27T21:04:02.288896 #7530]  INFO -- : Started GET "/cable/?who=a"[non-WebSocket] for 127.0.0.1 at 2026-11-27 21:04:02 +0000',
      ],
      [
        "UPGRADE_STRIPPED",
        "E, [2026-11-27T21:04:02.288910 #7530] ERROR -- : Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: )",
      ],
      [
        "CONNECTION_NO_UPGRADE",
        "E, [2026-11-27T21:04:03.815813 #7530] ERROR -- : Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: , HTTP_UPGRADE: websocket)",
      ],
      ["HANDLER_ERROR", "E, [2026-11-27T21:04:09.936658 #7530] ERROR -- : There was an exception - RuntimeError(boom)"],
      ["ORIGIN_REJECTED", "[error] Could not check origin for Phoenix.Socket transport."],
      ["FORBIDDEN", "[info] REFUSED CONNECTION TO ChatWeb.UserSocket in 1ms"],
      ["SUBPROTOCOL_NO_MATCH", "[error] Could not check Websocket subprotocols for Phoenix.Socket transport."],
    ],
    unlike: [
      [
        "Successfully upgraded to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)",
        "ORIGIN_REJECTED",
        "UPGRADE_STRIPPED",
      ],
      [
        'I, [2026-11-27T21:03:59.305805 #7530]  INFO -- : Started GET "/cable/?who=a" [WebSocket] for 127.0.0.1 at 2026-11-27 21:03:59 +0000',
        "UPGRADE_STRIPPED",
      ],
      ["WARN -- : There was an exceptional amount of traffic", "HANDLER_ERROR"],
      ["[info] CONNECTED TO ChatWeb.UserSocket in 1ms", "FORBIDDEN"],
      ["[info] REFUSED JOIN room:lobby in 1ms", "FORBIDDEN"],
    ],
  },
  "Workerman, GatewayWorker and Swoole": {
    from: "run: Workerman 5.2.2 on PHP 8.2.36; GatewayWorker 4.0.0, Gateway.php and Register.php; swoole-src 6.2.1, ext-src",
    lines: [
      ["DATA_BEFORE_HANDSHAKE", "recv data before handshake. Buffer:474554202f20485454502f312e31"],
      [
        "DATA_BEFORE_HANDSHAKE",
        "TypeError: Workerman\\Protocols\\Ws::input(): Argument #2 ($connection) must be of type Workerman\\Connection\\AsyncTcpConnection, Workerman\\Connection\\TcpConnection given",
      ],
      ["OPCODE_INVALID", "error opcode 3 and close websocket connection. Buffer:83810000000061"],
      ["MESSAGE_TOO_BIG", "error package. package_length=2147483661"],
      ["FRAME_UNMASKED", "frame not masked so close the connection"],
      ["FRAME_MASKED", "frame masked so close the connection"],
      ["ACCEPT_MISMATCH", "Sec-WebSocket-Accept not match. Header:"],
      ["STATUS_NOT_101", "Sec-WebSocket-Accept not found. Header:"],
      [
        "",
        "SendBufferToWorker fail. The connections between Gateway and BusinessWorker are not ready. See http://doc2.workerman.net/send-buffer-to-worker-fail.html",
      ],
      ["", "Register auth timeout (10.0.0.9). See http://doc2.workerman.net/register-auth-timeout.html"],
      [
        "DATA_BEFORE_HANDSHAKE",
        "PHP Warning:  Swoole\\WebSocket\\Server::push(): the connected client of connection[3] is not a websocket client or closed",
      ],
      ["DATA_BEFORE_HANDSHAKE", "fd[7] is not a websocket conncetion"],
      ["STATUS_NOT_101", "websocket handshake failed, cannot push data"],
      ["", "stream_socket_server(): Unable to connect to tcp://0.0.0.0:2346 (Address already in use)"],
    ],
    unlike: [
      ["frame not masked so close the connection pool", "FRAME_UNMASKED"],
      [
        "SendBufferToWorker fail. May be the send buffer are overflow. See http://doc2.workerman.net/send-buffer-overflow.html",
        "TCP_REFUSED",
      ],
      ["SOCKS5 handshake failed, data length is too short", "SWITCH_THEN_FIN", "STATUS_NOT_101"],
    ],
  },
  "libwebsockets and Unreal": {
    from: "run: libwebsockets-test-client 4.1.6; Unreal's lines are imitated from reports",
    lines: [
      ["AUTH_REQUIRED", "[2026/11/27 17:50:10:4173] E: CLIENT_CONNECTION_ERROR: dumb: HS: ws upgrade unauthorized"],
      ["UNHANDLED_UPGRADE", "[2026/11/27 17:50:10:4173] W: lws_client_handshake: got bad HTTP response '404'"],
      ["ACCEPT_MISMATCH", "[2026/11/27 17:50:12:4498] E: CLIENT_CONNECTION_ERROR: dumb: HS: Accept hash wrong"],
      ["RESPONSE_UPGRADE_BAD", "[2026/11/27 17:50:14:5150] E: CLIENT_CONNECTION_ERROR: dumb: HS: UPGRADE missing"],
      [
        "RESPONSE_UPGRADE_BAD",
        "[2026/11/27 17:50:16:7317] E: CLIENT_CONNECTION_ERROR: dumb: HS: Upgrade to something other than websocket",
      ],
      ["RESPONSE_CONNECTION_BAD", "[2026/11/27 17:50:18:6541] E: CLIENT_CONNECTION_ERROR: dumb: HS: UPGRADE malformed"],
      ["EXTENSION_UNREQUESTED", "[2026/11/27 17:50:20:7489] E: CLIENT_CONNECTION_ERROR: dumb: HS: EXT: unknown ext"],
      ["CLOSED_BEFORE_RESPONSE", "[2026/11/27 17:50:23:2056] E: CLIENT_CONNECTION_ERROR: dumb: read failed"],
      [
        "TLS_TO_PLAIN_PORT",
        "[2026/11/27 17:50:26:8895] E: CLIENT_CONNECTION_ERROR: dumb: connect SSL err 1: error:00000001:lib(0)::reason(1)",
      ],
      ["TCP_REFUSED", "[2026/11/27 17:50:39:0171] E: CLIENT_CONNECTION_ERROR: dumb: Unable to connect"],
      [
        "ACCEPT_MISMATCH",
        "LogWebSockets: Warning: Lws(Warning): lws_client_int_s_hs: accept 'AAAA=' wrong vs 'XF2YGKlcFARY7ge9SpgS7bnCN0k='",
      ],
      ["ACCEPT_MISMATCH", "LogBlueprintUserMessages: HS: Accept hash wrong"],
      ["CERT_INVALID", "LogWebSockets: Warning: Lws(Error): SSL error: unable to get local issuer certificate"],
    ],
    unlike: [
      ["[2026/11/27 17:50:12:4498] N: lws_http_client_http_response 101", "STATUS_NOT_101", "RESPONSE_UPGRADE_BAD"],
      ["LogHttp: Warning: Unable to connect", "TCP_REFUSED"],
      ["disk: read failed", "CLOSED_BEFORE_RESPONSE"],
    ],
  },
  "ESP-IDF": {
    from: "esp-idf, tcp_transport/transport_ws.c; esp-protocols, esp_websocket_client.c",
    lines: [
      ["STATUS_NOT_101", "E (5123) transport_ws: Sec-WebSocket-Accept not found"],
      ["ACCEPT_MISMATCH", "E (5123) TRANSPORT_WS: Invalid websocket key"],
      [
        "FORBIDDEN",
        "E (5130) websocket_client: esp_transport_connect() failed with -1, transport_error=ESP_OK, tls_error_code=0, tls_flags=0, esp_ws_handshake_status_code=403, errno=119",
      ],
      ["PING_TIMEOUT", "E (65000) websocket_client: Error, no PONG received for more than 120 seconds after PING"],
      [
        "DNS_FAILED",
        "E (5123) esp-tls: couldn't get hostname for :chat.example: getaddrinfo() returns 202, addrinfo=0x0",
      ],
      ["CERT_INVALID", "E (5123) esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x2700"],
      ["CLOSED_BEFORE_RESPONSE", "E (5123) TRANSPORT_WS: Error read response for Upgrade header GET / HTTP/1.1"],
    ],
    unlike: [
      [
        "E (5130) websocket_client: esp_transport_connect() failed with -1, esp_ws_handshake_status_code=0, errno=119",
        "STATUS_NOT_101",
      ],
      ["E (5123) wifi: Invalid key", "ACCEPT_MISMATCH"],
    ],
  },
  "Qt and Godot": {
    from: "run: Qt 5.15.9 (python3-pyqt5.qtwebsockets), Godot 3.2.3 (godot3-server); Godot 4, modules/websocket/wsl_peer.cpp",
    lines: [
      ["AUTH_REQUIRED", "QWebSocketPrivate::processHandshake: Unhandled http status code: 401 (Unauthorized)."],
      [
        "RESPONSE_CONNECTION_BAD",
        "QWebSocketPrivate::processHandshake: Invalid statusline in response: HTTP/1.1 101 Switching Protocols.",
      ],
      ["NOT_HTTP", "Invalid statusline in response: SSH-2.0-OpenSSH_9.2."],
      [
        "ACCEPT_MISMATCH",
        "Accept-Key received from server AAAA= does not match the client key EA2K8AlUUn/xDM1jg9rllscO4S4=.",
      ],
      ["CLOSED_BEFORE_RESPONSE", "The remote host closed the connection"],
      ["TLS_TO_PLAIN_PORT", "Error during SSL handshake: error:0A00010B:SSL routines::wrong version number"],
      ["CERT_INVALID", "The host name did not match any of the valid hosts for this certificate"],
      ["RSV_UNEXPECTED", "disconnected 1002 Rsv field is non-zero"],
      ["CLOSE_CODE_INVALID", "Invalid close code 1002 detected."],
      ["INVALID_UTF8", "Invalid UTF-8 code encountered."],
      ["UPGRADE_STRIPPED", "ERROR: Invalid status code. Got: '426', expected '101'."],
      ["CONNECTION_LIST_WARN", "ERROR: Missing or invalid header 'connection'. Expected value 'upgrade'."],
      ["ACCEPT_MISMATCH", "ERROR: Missing or invalid header 'sec-websocket-accept'. Expected value 'AAAA='."],
      ["STATUS_NOT_101", "ERROR: Not enough response headers. Got: 1, expected >= 4."],
      ["STATUS_NOT_101", "ERROR: _verify_headers: Not enough response headers, got: 2, expected >= 4."],
      [
        "ACCEPT_MISMATCH",
        "ERROR: _verify_headers: Missing or invalid header 'sec-websocket-accept'. Expected value '2trqdUUoDJdziLXbbL02LC7sdLo='.",
      ],
      [
        "RESPONSE_UPGRADE_BAD",
        "ERROR: _verify_headers: Missing or invalid header 'upgrade'. Expected value 'websocket'.",
      ],
      [
        "CONNECTION_LIST_WARN",
        "ERROR: _verify_headers: Missing or invalid header 'connection'. Expected value 'upgrade'.",
      ],
      ["TLS_TO_PLAIN_PORT", "ERROR: _do_handshake: TLS handshake error: -29184"],
      ["CERT_INVALID", "ERROR: _do_handshake: TLS handshake error: -9984"],
      ["SUBPROTOCOL_UNANSWERED", "ERROR: Requested sub-protocol(s) but received none."],
      ["CERT_INVALID", "ERROR: TLS handshake error: -9984"],
    ],
    unlike: [
      ["InvalidArgumentException: Invalid status code. Got: 426", "UPGRADE_STRIPPED"],
      ["csv: Not enough headers, got: 2, expected 4", "STATUS_NOT_101"],
      ["Accept-Key does not match", "ACCEPT_MISMATCH"],
    ],
  },
  "Unity and OCPP": {
    from: "run: ocpp-rpc 2.2.1; websocket-sharp, Ext.cs and WebSocketFrame.cs (Unity's own client is .NET's); mobilityhouse/ocpp 2.1.0, examples",
    lines: [
      ["STATUS_NOT_101", "Not a WebSocket handshake response."],
      ["ENDED_WITHOUT_CLOSE", "WebSocketException: The header part of a frame could not be read."],
      ["RSV_UNEXPECTED", "The RSV2 of a frame is non-zero without any negotiation for it."],
      ["MESSAGE_TOO_BIG", "The payload data of a frame is too big."],
      [
        "SUBPROTOCOL_NO_MATCH",
        "WARNING:root:Protocols Mismatched | Expected Subprotocols: ['ocpp2.0.1'], but client supports  ocpp1.6 | Closing connection",
      ],
      ["SUBPROTOCOL_UNANSWERED", "Error: Server sent no subprotocol"],
      ["SUBPROTOCOL_NO_MATCH", "ERROR:root:Client hasn't requested any Subprotocol. Closing Connection"],
    ],
    unlike: [
      ["INFO:root:Protocols Matched: ocpp1.6", "SUBPROTOCOL_NO_MATCH"],
      ["The header part of a file could not be read.", "ENDED_WITHOUT_CLOSE"],
    ],
  },
  "Grafana and n8n": {
    from: "Grafana and n8n: as their users report them",
    lines: [
      [
        "ORIGIN_REJECTED",
        'logger=live t=2026-11-27T10:00:00Z level=warn msg="Request Origin is not authorized" origin=https://grafana.example host=grafana:3000 appUrl=http://localhost:3000/ allowedOrigins=',
      ],
      [
        "ORIGIN_REJECTED",
        'Origin header does NOT match the expected origin. (Origin: "https://n8n.example" -> "n8n.example", Expected: "n8n:5678" -> "n8n:5678", Protocol: "http")',
      ],
    ],
    unlike: [["Error: Request origin is not authorized.", "ORIGIN_REJECTED"]],
  },
  "Hono, Deno and workerd": {
    from: "run: Deno 2.9.5, Node 24; workerd, by its users' reports",
    lines: [
      ["RESPONSE_MUTATED", "TypeError: Can't modify immutable headers."],
      ["RESPONSE_MUTATED", "TypeError: Cannot change headers: headers are immutable"],
      ["RESPONSE_MUTATED", "TypeError: immutable"],
      [
        "FORBIDDEN",
        "Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 (switching protocols), but received 403 instead.",
      ],
      ["RESPONSE_UPGRADE_BAD", "Error: Server failed WebSocket handshake: missing Upgrade header."],
    ],
    unlike: [
      ["TypeError: immutable collection cannot be changed", "RESPONSE_MUTATED"],
      ["Static headers are immutable.", "RESPONSE_MUTATED"],
    ],
  },
  "Socket.IO, SockJS and Stomp.js": {
    from: "run: socket.io and socket.io-client 4.8.4, sockjs 0.3.24, sockjs-client 1.6.1; Stomp.js and Java's client from reports",
    lines: [
      ["TCP_REFUSED", "xhr poll error"],
      ["NO_ROUTE", "connect_error Error: xhr poll error"],
      ["ORIGIN_REJECTED", "io.socket.engineio.client.EngineIOException: xhr poll error"],
      ["STATUS_NOT_101", "connect_error Error: websocket error"],
      ["STATUS_NOT_101", "Error: websocket error"],
      ["PING_TIMEOUT", "ping timeout"],
      ["PING_TIMEOUT", "  socket.io:client client close with reason ping timeout +6s"],
      ["ENDED_WITHOUT_CLOSE", "disconnect: transport close"],
      ["ENDED_WITHOUT_CLOSE", "transport error"],
      ["CLOSED_BY_SERVER", "io server disconnect"],
      ["STATUS_NOT_101", '{"code":0,"message":"Transport unknown"}'],
      ["STATUS_NOT_101", 'server answered 400: {"code":1,"message":"Session ID unknown"}'],
      ["STATUS_NOT_101", '{"code":5,"message":"Unsupported protocol version"}'],
      ["TCP_REFUSED", "close 1002 Cannot connect to server"],
      ["UPGRADE_STRIPPED", "close 2000 All transports failed"],
      ["", 'Uncaught Error: Incompatibile SockJS! Main site uses: "1.5.2", the iframe: "1.0.0".'],
      ["NOT_A_HANDSHAKE", "Not a valid websocket request"],
      ["CLOSED_BY_SERVER", "Whoops! Lost connection to undefined"],
    ],
    unlike: [
      ["redis: transport close requested by the operator", "ENDED_WITHOUT_CLOSE"],
      ["the job ended: reason unknown, ping timeout 30 s", "PING_TIMEOUT"],
      ['{"code":1,"message":"Session unknown"}', "STATUS_NOT_101"],
      ["Cannot connect to server 1002", "TCP_REFUSED"],
      ["Whoops! Lost the plot", "CLOSED_BY_SERVER"],
    ],
  },
  "em-websocket and arduinoWebSockets": {
    from: "run: em-websocket 0.5.1 (ruby-em-websocket); an older em-websocket from reports; arduinoWebSockets, WebSocketsClient.cpp",
    lines: [
      ["UPGRADE_STRIPPED", "onerror: EventMachine::WebSocket::HandshakeError - Not an upgrade request"],
      ["UPGRADE_STRIPPED", "EventMachine::WebSocket::HandshakeError - Connection and Upgrade headers required:"],
      ["KEY_MISSING", "EventMachine::WebSocket::HandshakeError - sec-websocket-key header is required"],
      ["VERSION_UNSUPPORTED", "EventMachine::WebSocket::HandshakeError - Protocol version 99 not supported"],
      ["METHOD_NOT_GET", "EventMachine::WebSocket::HandshakeError - Must be GET request"],
      ["OPCODE_INVALID", "EventMachine::WebSocket::WSProtocolError - Unknown opcode 3"],
      ["CLOSED_BEFORE_RESPONSE", "[WS-Client] connection lost."],
      ["RESPONSE_TIMEOUT", "[WS-Client][handleClientData] header response timeout.. disconnecting!"],
      ["FORBIDDEN", "[WS-Client][handleHeader] serverCode is not 101 (403)"],
      ["ACCEPT_MISMATCH", "[WS-Client][handleHeader] Sec-WebSocket-Accept is wrong"],
      ["CONNECTION_LIST_WARN", "[WS-Client][handleHeader] no Websocket connection close."],
    ],
    unlike: [
      ["HandshakeError - Not an upgrade candidate", "UPGRADE_STRIPPED"],
      ["[WiFi] connection lost.", "CLOSED_BEFORE_RESPONSE"],
      ["serverCode is 101 (101)", "STATUS_NOT_101"],
    ],
  },
  "axum, actix, warp and ws4py": {
    from: "axum 0.8, extract/ws.rs; actix-http 3, ws/mod.rs, and awc; warp 0.3, filters/ws.rs; ws4py and gevent: as their users report them",
    lines: [
      ["CONNECTION_NO_UPGRADE", "Connection header did not include 'upgrade'"],
      ["UPGRADE_STRIPPED", "`Upgrade` header did not include 'websocket'"],
      ["VERSION_UNSUPPORTED", "`Sec-WebSocket-Version` header did not include '13'"],
      ["KEY_MISSING", "`Sec-WebSocket-Key` header missing"],
      ["METHOD_NOT_GET", "Request method must be `GET`"],
      ["HTTP2_ONLY", "WebSocket request couldn't be upgraded since no upgrade state was present"],
      ["UPGRADE_STRIPPED", "WebSocket upgrade is expected."],
      ["CONNECTION_NO_UPGRADE", "Connection upgrade is expected."],
      ["RESPONSE_CONNECTION_BAD", 'InvalidConnectionHeader("close")'],
      ["UPGRADE_STRIPPED", "HandshakeError: Header HTTP_UPGRADE is not defined"],
      [
        "ENDED_WITHOUT_CLOSE",
        "websocket error(uid=2): WebSocket protocol error: Connection reset without closing handshake",
      ],
    ],
    unlike: [
      ["the header did not include 'upgrade'", "CONNECTION_NO_UPGRADE"],
      ["a connection upgrade is expected at 9 o'clock", "CONNECTION_NO_UPGRADE"],
      ["Header HTTP_HOST is not defined", "UPGRADE_STRIPPED"],
    ],
  },
  "ktor, Reactor, noVNC, MQTT and Pusher": {
    from: "ktor, reactor-netty, noVNC and websockify, Paho's clients, wscat and Laravel Reverb: as their users report them",
    lines: [
      [
        "CLOSED_BY_SERVER",
        'Exception in thread "DefaultDispatcher-worker-3" kotlinx.coroutines.channels.ClosedReceiveChannelException: Channel was closed',
      ],
      [
        "CLOSED_BEFORE_RESPONSE",
        "reactor.netty.http.client.PrematureCloseException: Connection prematurely closed BEFORE response",
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        "io.netty.channel.unix.Errors$NativeIoException: recvAddress(..) failed: Connection reset by peer",
      ],
      ["IDLE_CUT", "Failed when connecting: Failed to connect to server( (code: 1006)) util.js:44:55"],
      ["CERT_INVALID", "Server disconnected (code: 1015). Open developer tools"],
      ["ENDED_WITHOUT_CLOSE", "  1: handler exception: [Errno 107] Transport endpoint is not connected"],
      ["STATUS_NOT_101", "Failed to connect: AMQJS0007E Socket error:undefined"],
      ["CLOSED_BY_SERVER", "Connection lost: AMQJS0008I Socket closed"],
      ["CLOSED_BY_SERVER", "Connection lost (32109) - java.io.EOFException"],
      ["", 'Disconnected (code: 1005, reason: "")'],
      [
        "CLOSED_BY_SERVER",
        '{"event":"pusher:error","data":"{\\"code\\":4001,\\"message\\":\\"Application does not exist\\"}"}',
      ],
      [
        "STATUS_NOT_101",
        "Firefox kann keine Verbindung zu dem Server unter ws://a.example:8080/websockify aufbauen. websock.js:278:30",
      ],
    ],
    unlike: [
      ["MySQL disconnected: code 1006", "IDLE_CUT", "STATUS_NOT_101"],
      ["Can't connect to server (code: 2003)", "CLOSED_BY_SERVER"],
      ["IllegalStateException: Channel was closed", "CLOSED_BY_SERVER"],
      ['{"error":"Application does not exist"}', "CLOSED_BY_SERVER"],
      ["Firefox has no word of sockets here", "STATUS_NOT_101"],
    ],
  },
  "Browsers, Vite, Traefik and AWS": {
    from: "as users of Chromium, Vite, Safari, Traefik and API Gateway report them; Apache HttpClient, NoHttpResponseException.java",
    lines: [
      [
        "CLOSE_CODE_INVALID",
        "DOMException: Failed to execute 'close' on 'WebSocket': The code must be either 1000, or between 3000 and 4999. 1001 is neither.",
      ],
      [
        "CERT_INVALID",
        "WebSocket connection to 'wss://example.com/socket' failed: The operation couldn’t be completed. (OSStatus error -9807.)",
      ],
      ["STATUS_NOT_101", "[vite] failed to connect to websocket."],
      [
        "STATUS_NOT_101",
        'level=debug msg="\'500 Internal Server Error\' caused by: unsupported protocol scheme \\"h2c\\""',
      ],
      [
        "CLIENT_GONE",
        "botocore.errorfactory.GoneException: An error occurred (GoneException) when calling the PostToConnection operation: Unknown",
      ],
      ["CLOSED_BEFORE_RESPONSE", "org.apache.http.NoHttpResponseException: The target server failed to respond"],
    ],
    unlike: [
      ["Failed to execute 'close' on 'Door': The code must be either 1000", "CLOSE_CODE_INVALID"],
      ["[vite] connected.", "STATUS_NOT_101"],
      ['unsupported protocol scheme "ftp"', "STATUS_NOT_101"],
      ["An error occurred (GoneException) when calling the GetItem operation", "CLIENT_GONE"],
    ],
  },
  HAProxy: {
    from: "run: HAProxy 2.6.12, option httplog and option tcplog",
    lines: [
      [
        "IDLE_CUT",
        '127.0.0.1:55542 [27/Nov/2026:17:53:43.423] fe ws/s1 0/0/0/7/1008 101 294 - - cD-- 1/1/0/0/0 0/0 "GET /idle HTTP/1.1"',
      ],
      [
        "",
        '127.0.0.1:55554 [27/Nov/2026:17:53:44.434] fe ws/s1 0/0/0/3/4 101 294 - - ---- 1/1/0/0/0 0/0 "GET /die HTTP/1.1"',
      ],
      [
        "TCP_REFUSED",
        '127.0.0.1:55602 [27/Nov/2026:17:53:44.573] fe dead/s1 0/0/-1/-1/1001 503 217 - - SC-- 1/1/0/0/1 0/0 "GET /dead HTTP/1.1"',
      ],
      [
        "RESPONSE_TIMEOUT",
        '127.0.0.1:55616 [27/Nov/2026:17:53:45.576] fe silent/s1 0/0/0/-1/2001 504 198 - - sH-- 1/1/0/0/0 0/0 "GET /silent HTTP/1.1"',
      ],
      [
        "NOT_HTTP",
        '127.0.0.1:35676 [27/Nov/2026:17:53:47.579] fe garbage/s1 0/0/0/-1/0 502 209 - - PH-- 1/1/0/0/0 0/0 "GET /garbage HTTP/1.1"',
      ],
      [
        "CLOSED_BEFORE_RESPONSE",
        '127.0.0.1:35686 [27/Nov/2026:17:53:47.580] fe fin/s1 0/0/0/-1/0 502 209 - - SH-- 1/1/0/0/0 0/0 "GET /fin HTTP/1.1"',
      ],
      [
        "TCP_REFUSED",
        '127.0.0.1:35692 [27/Nov/2026:17:53:47.581] fe none/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 1/1/0/0/0 0/0 "GET /none HTTP/1.1"',
      ],
      [
        "FORBIDDEN",
        '127.0.0.1:35700 [27/Nov/2026:17:53:47.582] fe fe/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- 1/1/0/0/0 0/0 "GET /deny HTTP/1.1"',
      ],
      ["IDLE_CUT", "127.0.0.1:35850 [27/Nov/2026:17:53:47.583] tcp wstcp/s1 1/0/1001 303 cD 1/1/0/0/0 0/0"],
      [
        "DATA_BEFORE_HANDSHAKE",
        '127.0.0.1:35726 [27/Nov/2026:17:53:49.493] fe fe/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 2/2/0/0/0 0/0 "<BADREQ>"',
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        'Nov 27 17:53:43 lb haproxy[14389]: 10.0.1.2:33317 [27/Nov/2026:17:53:43.423] fe ws/s1 10/0/30/69/109 101 2750 - - SDNN 1/1/1/1/0 0/0 {chat.example} {} "GET /chat HTTP/1.1"',
      ],
    ],
    unlike: [
      [
        '127.0.0.1:55554 [27/Nov/2026:17:53:44.434] fe web/s1 0/0/0/3/4 200 294 - - ---- 1/1/0/0/0 0/0 "GET /style.css HTTP/1.1"\n127.0.0.1:55554 [27/Nov/2026:17:53:44.434] fe web/s1 0/0/0/3/4 200 294 - - ---- 1/1/0/0/0 0/0 "GET /a.css HTTP/1.1"',
        "HTML_FALLBACK",
        "STATUS_NOT_101",
      ],
      [
        '127.0.0.1:1 [27/Nov/2026:17:53:44.434] fe ws/s1 0/0/0/3/4 101 294 - - ---- 1/1/0/0/0 0/0 "GET /ok HTTP/1.1"',
        "IDLE_CUT",
        "ENDED_WITHOUT_CLOSE",
      ],
    ],
  },
  Envoy: {
    from: "Envoy's documentation, access logging; Istio's default format",
    lines: [
      [
        "FORBIDDEN",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 403 - upgrade_failed - "-" 0 0 0 - "10.0.0.1" "Mozilla/5.0" "id" "chat.example" "-"',
      ],
      [
        "TCP_REFUSED",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 503 UF,URX 0 91 2 - "-" "curl/7.88.1" "id" "chat.example" "10.0.0.9:3000"',
      ],
      [
        "IDLE_CUT",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 101 SI 0 0 300012 - "-" "x" "id" "chat.example" "10.0.0.9:3000"',
      ],
      [
        "",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 101 DC downstream_remote_disconnect - "-" 57 108 1234 - "-" "x" "id" "chat.example" "10.0.0.9:3000"',
      ],
      [
        "CLOSED_BEFORE_RESPONSE",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 503 UC upstream_reset_before_response_started{connection_termination} - "-" 0 95 1 - "-" "x" "id" "a" "10.0.0.9:3000"',
      ],
      [
        "NO_ROUTE",
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 404 NR route_not_found - "-" 0 0 0 - "-" "x" "id" "a" "-"',
      ],
    ],
    unlike: [
      [
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 101 DC - - "-" 57 108 1234 - "-" "x" "id" "a" "b"',
        "CLIENT_GONE",
        "IDLE_CUT",
      ],
      [
        '[2026-11-27T10:00:00.123Z] "GET /chat HTTP/1.1" 101 UC - - "-" 57 108 1234 - "-" "x" "id" "a" "b"',
        "CLOSED_BEFORE_RESPONSE",
      ],
    ],
  },
  "nginx over TLS": {
    from: "nginx 1.22, src/event/ngx_event_openssl.c and its users' reports",
    lines: [
      [
        "TLS_TO_PLAIN_PORT",
        "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream, client: 10.0.0.1",
      ],
      [
        "PLAIN_TO_TLS_PORT",
        "SSL_do_handshake() failed (SSL: error:0A00009C:SSL routines::http request) while SSL handshaking, client: 10.0.0.1, server: 0.0.0.0:443",
      ],
      [
        "CERT_INVALID",
        "SSL_do_handshake() failed (SSL: error:0A000416:SSL routines::sslv3 alert certificate unknown:SSL alert number 46) while SSL handshaking, client: 10.0.0.1",
      ],
      [
        "TLS_FAILED",
        "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112) while SSL handshaking to upstream",
      ],
      [
        "TLS_FAILED",
        "peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking to upstream, client: 10.0.0.1",
      ],
    ],
    unlike: [["peer closed connection in SSL handshake while SSL handshaking, client: 10.0.0.1", "TLS_FAILED"]],
  },
};
