import { expect, it } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import type { FailureCode } from "../../../src/core/contract/failures.ts";
import { header, type RawHandshake, type RawResponse } from "../../helpers/raw.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

const PATH = "/main/refusals";

/** Handshakes that are wrong in one way each. */
const BAD: Readonly<Record<string, readonly [FailureCode, RawHandshake]>> = {
  "no WebSocket header at all": [
    "NOT_A_HANDSHAKE",
    { headers: { upgrade: null, connection: null, "sec-websocket-key": null, "sec-websocket-version": null } },
  ],
  "no Upgrade": ["UPGRADE_STRIPPED", { headers: { upgrade: null, connection: null } }],
  "another protocol in Upgrade": ["UPGRADE_NOT_WEBSOCKET", { headers: { upgrade: "h2c" } }],
  "no upgrade in Connection": ["CONNECTION_NO_UPGRADE", { headers: { connection: "keep-alive" } }],
  "the method POST": ["METHOD_NOT_GET", { method: "POST", headers: { "content-length": "0" } }],
  "no key": ["KEY_MISSING", { headers: { "sec-websocket-key": null } }],
  "a short key": ["KEY_INVALID", { headers: { "sec-websocket-key": "c2hvcnQ=" } }],
  "two keys": [
    "KEY_DUPLICATE",
    { headers: { "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] } },
  ],
  "no version": ["VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": null } }],
  "version 8": ["VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "8" } }],
  "a malformed subprotocol": ["SUBPROTOCOL_MALFORMED", { headers: { "sec-websocket-protocol": "a b" } }],
  "a malformed extension": ["EXTENSION_MALFORMED", { headers: { "sec-websocket-extensions": "a; =b" } }],
  "a body": ["BODY_PRESENT", { headers: { "content-length": "4" }, body: "body" }],
  "a URL over 2 KiB": ["URL_TOO_LONG", { path: `${PATH}?${"x".repeat(2048)}` }],
  "headers over 16 KiB": [
    "HEADERS_TOO_LARGE",
    { headers: { "x-a": "a".repeat(6000), "x-b": "b".repeat(6000), "x-c": "c".repeat(6000) } },
  ],
  ...Object.fromEntries(
    ["a.example/main", "a.example\\main", "a.example?", "a.example#", "user@a.example", "a.example:port"].map(
      (host) => [`the Host ${host}`, ["HOST_INVALID", { headers: { host } }]] as const,
    ),
  ),
  "a page of another host": ["ORIGIN_REJECTED", { headers: { origin: "https://evil.example" } }],
  "a page without an origin": ["ORIGIN_REJECTED", { headers: { origin: "null" } }],
};

/** The answer to a failed handshake, which is the same on every runtime. */
function expectFailure(response: RawResponse, code: FailureCode, form: "text" | "code" = "text"): void {
  const [status, cause, fix] = FAILURES[code];
  expect(response).toMatchObject({
    status,
    body:
      form === "code"
        ? `${code}\n`
        : `${code}: ${cause}\nFix: ${fix}\nMore: npx onesocket explain ${code}, or docs/failures.md#${code.toLowerCase()} in the npm package onesocket\n`,
  });
  expect(header(response, "onesocket-failure")).toBe(code);
}

export function handshake(suite: Suite): void {
  const may = capability(suite.runtime);
  const page = (origin: string) => ({ headers: { origin } });
  const host = () => new URL(suite.host.url).host;

  it.each([
    ["h2c", "Upgrade, HTTP2-Settings"],
    ["TLS/1.2", "upgrade"],
  ])(
    "H10 takes a request that offers %s for an ordinary one, body and connection and all",
    async (upgrade, connection) => {
      const client = await suite.raw();
      const other = { upgrade, connection, "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA" };
      const headers = { ...other, "sec-websocket-key": null, "sec-websocket-version": null };
      client.handshake({ path: "/", headers });
      expect(await client.response()).toMatchObject({ status: 200, body: "up" });
      for (const body of ["one", "x".repeat(50_000)]) {
        const length = { "content-length": String(body.length) };
        client.handshake({ method: "POST", path: "/body", headers: { ...headers, ...length }, body });
        const answer = await client.response();
        if (may("otherUpgrades") === "refused") {
          expect(answer.status).toBe(400);
          return;
        }
        expect(answer).toMatchObject({ status: 200, body: `body: ${body}` });
      }
      client.handshake({ path: `/echo/${freshRoom()}` });
      expect((await client.response()).status).toBe(101);
      client.end();
    },
  );

  for (const [fault, [code, request]] of Object.entries(BAD)) {
    const native = may("nativeRefusals").find(([name]) => name === fault);
    if (native) {
      it(`H1 leaves to the runtime to answer ${native[1]} to a handshake with ${fault}`, async () => {
        const response = await suite.answer({ path: PATH, ...request });
        expect(response.status).toBe(native[1]);
        expect(header(response, "onesocket-failure")).toBe(null);
      });
    } else {
      it(`H1 answers ${code} to a handshake with ${fault}`, async () => {
        expectFailure(await suite.answer({ path: PATH, ...request }), code);
      });
    }
  }

  it("H1 answers a request without a Host", async () => {
    const response = await suite.answer({ path: PATH, headers: { host: null } });
    expect(response.status).toBe(400);
    expect(header(response, "onesocket-failure")).toBe(may("hostMissing") === "our answer" ? "HOST_MISSING" : null);
  });

  it("H1 refuses HTTP/0.9 and HTTP/2.0, which no request over HTTP/1 has", async () => {
    for (const version of ["0.9", "2.0"] as const) {
      const response = await suite.answer({ path: PATH, version });
      expect(response.status).toBe(may("badVersions") === "our answer" ? 505 : may("badVersions"));
      expect(header(response, "onesocket-failure")).toBe(
        may("badVersions") === "our answer" ? "HTTP_VERSION_UNSUPPORTED" : null,
      );
    }
  });

  for (const name of ["sec-websocket-protocol", "sec-websocket-extensions"]) {
    it.each([
      ["empty", ""],
      ["of spaces", "  "],
      ["of commas", ", ,"],
      ["sent twice, empty", ["", ""]],
    ])(`H1 takes a ${name} that is %s for none`, async (_, value) => {
      const response = await suite.answer({ path: "/versions", headers: { [name]: value } });
      expect(response.status).toBe(101);
      expect(header(response, name)).toBe(null);
    });
  }

  it.each([
    ["/where/am?i=1#here", "/where/am"],
    ["//evil.example/x", "//evil.example/x"],
    ["http://other.example/where/am?i=1", "/where/am"],
    ["/a/http://b.example/c", "/a/http://b.example/c"],
    ["/a@b.example/c", "/a@b.example/c"],
  ])("H1 shows routes and hooks the path of the request's target: of %s it is %s", async (path, seen) => {
    const response = await suite.answer({ path, headers: { "x-where": "1" } });
    expect(JSON.parse(response.body)).toEqual({ route: seen, hook: seen });
  });

  it.each(["a.example/where", "a.example\\where", "a.example?", "a.example#", "a.example/?x=", "user@a.example"])(
    "H1 lets no route run for the Host %s, whatever path that would make",
    async (host) => {
      const name = freshRoom();
      const response = await suite.answer({ path: "/where", headers: { host, "x-where": name } });
      expectFailure(response, "HOST_INVALID");
      expect(await suite.records(name, 0)).toEqual([]);
    },
  );

  it("H1 tells with a 426 which version to use, and with a 405 which method", async () => {
    const version = await suite.answer({ path: PATH, headers: { "sec-websocket-version": "8" } });
    expect(header(version, "sec-websocket-version")).toBe("13");
    const method = await suite.answer({
      path: PATH,
      method: "POST",
      headers: { upgrade: null, "content-length": "0" },
    });
    expectFailure(method, "METHOD_NOT_GET");
    expect(header(method, "allow")).toBe("GET");
  });

  it("H1 names websocket in the Upgrade header of a 426, where the runtime lets it", async () => {
    const response = await suite.answer({ path: PATH, headers: { upgrade: null, connection: null } });
    expect(header(response, "upgrade")).toBe(may("upgradeHeaderOn426") === "sent" ? "websocket" : null);
  });

  it("H1 repeats nothing of the request in its answer", async () => {
    const response = await suite.answer({
      path: `${PATH}?secret=marker`,
      headers: { origin: "https://marker.example", cookie: "marker=1" },
    });
    expect(JSON.stringify(response)).not.toContain("marker");
  });

  it("H1 shortens the answer to its code when told to", async () => {
    expectFailure(await suite.answer({ path: "/strict" }), "SUBPROTOCOL_NO_MATCH", "code");
  });

  it("H1 lets a strict definition refuse HTTP/1.0 where the version is visible", async () => {
    const request = { path: "/strict", version: "1.0", headers: { "sec-websocket-protocol": "v2" } } as const;
    const response = await suite.answer(request);
    if (may("httpVersion") === "visible") expectFailure(response, "HTTP_1_0", "code");
    else expect(response.status).toBe(101);
  });

  it("H1 finds websocket in a list of Upgrade tokens, in any case", async () => {
    expect((await suite.answer({ path: PATH, headers: { upgrade: "WebSocket" } })).status).toBe(101);
    const list = await suite.answer({ path: PATH, headers: { upgrade: "h2c, websocket" } });
    expect(list.status).toBe(may("upgradeLists") === "taken" ? 101 : 400);
  });

  it("H1 finds upgrade in a list of Connection tokens", async () => {
    const response = await suite.answer({ path: PATH, headers: { connection: "keep-alive, Upgrade" } });
    expect(response.status).toBe(101);
  });

  it("H1 lets the closure form fall through when a request has no WebSocket header at all", async () => {
    expect(await (await fetch(`${suite.host.url}/closure`)).text()).toBe("not a WebSocket request");
    const attempt = await suite.answer({ path: "/closure", headers: { "sec-websocket-key": "short" } });
    expectFailure(attempt, "KEY_INVALID");
  });

  it("H1 serves Hono's closure form", async () => {
    const name = freshRoom();
    const client = await suite.connect(`/closure?name=${name}`);
    expect(await client.next()).toBe(`hello ${name}`);
    client.send("echo");
    expect(await client.next()).toBe("echo");
    expect(await client.close(4000, "bye")).toMatchObject({ code: 4000 });
    expect(await suite.records(`closure-${name}`, 1)).toEqual(["4000 bye true"]);
  });

  it("H2 runs upgrade once for a valid handshake, and not for others", async () => {
    const name = freshRoom();
    const path = `/counted?count=${name}`;
    await suite.answer({ path, headers: { "sec-websocket-key": "short" } });
    await suite.answer({ path, headers: { "sec-websocket-version": null } });
    await suite.answer({ path, method: "POST", headers: { upgrade: null, "content-length": "0" } });
    await suite.answer({ path, headers: { origin: "https://evil.example" } });
    expect(await suite.records(name, 0)).toEqual([]);
    await suite.connect(path);
    expect(await suite.records(name, 0)).toEqual(["upgrade"]);
  });

  it("H5 puts headers from upgrade on the 101, each Set-Cookie by itself", async () => {
    const response = await suite.answer({ path: `/gated/${freshRoom()}?then=headers` });
    expect(response.status).toBe(101);
    expect(header(response, "x-served-by")).toBe("onesocket");
    expect(header(response, "x-env")).toBe("hello");
    expect(response.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value)).toEqual([
      "a=1; Path=/",
      "b=2; Path=/",
    ]);
  });

  it("H5 puts what middleware sets before and after the route on the 101", async () => {
    const response = await suite.answer({ path: "/dressed?then=headers" });
    expect(response.status).toBe(101);
    expect(header(response, "x-before")).toBe("1");
    expect(header(response, "x-after")).toBe("2");
    const cookies = response.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
    expect(cookies.sort()).toEqual(["a=1; Path=/", "after=2", "b=2; Path=/", "before=1"]);
    expect(header(response, "content-type")).toBe(null);
  });

  it("H6 chooses the server's first preference among the offered subprotocols, and tells the truth", async () => {
    const client = await suite.connect("/versions", { protocols: ["v0", "v1", "v2"] });
    expect(client.protocol).toBe("v2");
    expect(await client.json()).toEqual({ protocol: "v2" });
  });

  it("H6 chooses none when none is in common, and sends no header", async () => {
    const raw = await suite.raw();
    raw.handshake({ path: "/versions", headers: { "sec-websocket-protocol": "v0, v9" } });
    const response = await raw.response();
    expect(response.status).toBe(101);
    expect(header(response, "sec-websocket-protocol")).toBe(null);
    expect(JSON.parse(await raw.text())).toEqual({ protocol: "" });
    raw.end();
  });

  it("H6 echoes no subprotocol to a definition that names none", async () => {
    const response = await suite.answer({ path: PATH, headers: { "sec-websocket-protocol": "chat" } });
    expect(response.status).toBe(101);
    expect(header(response, "sec-websocket-protocol")).toBe(null);
  });

  it("H6 warns of a client that offered subprotocols and got none, and names none of them: one may be a token", async () => {
    for (const path of [PATH, "/versions"]) {
      await suite.answer({ path, headers: { "sec-websocket-protocol": "marker-of-a-token, another" } });
    }
    const warnings = () => suite.host.logs.filter((line) => line.includes("SUBPROTOCOL_NOT_SELECTED"));
    await suite.eventually(() => warnings().some((line) => line.includes("onesocket: main:")));
    await suite.eventually(() =>
      warnings().some((line) => line.includes("onesocket: versions:") && line.includes('["v2","v1"]')),
    );
    expect(warnings().join()).not.toMatch(/marker|another/);
  });

  it("H6 lets upgrade choose another of the offered subprotocols, and no other", async () => {
    const client = await suite.connect("/versions?protocol=v1", { protocols: ["v1", "v2"] });
    expect(client.protocol).toBe("v1");
    expect(await client.json()).toEqual({ protocol: "v1" });
    const other = await suite.answer({
      path: "/versions?protocol=v1",
      headers: { "sec-websocket-protocol": "v2" },
    });
    expectFailure(other, "UPGRADE_RESULT");
  });

  it("H6 refuses with requireProtocol a client that offers none of them", async () => {
    const response = await suite.answer({ path: "/strict", headers: { "sec-websocket-protocol": "v1" } });
    expectFailure(response, "SUBPROTOCOL_NO_MATCH", "code");
    const client = await suite.connect("/strict", { protocols: ["v2"] });
    expect(client.protocol).toBe("v2");
  });

  it("H7 lets pages of the same host connect, whatever their scheme, and clients that are no page", async () => {
    expect((await suite.answer({ path: PATH, ...page(`http://${host()}`) })).status).toBe(101);
    expect((await suite.answer({ path: PATH, ...page(`https://${host()}`) })).status).toBe(101);
    expect((await suite.answer({ path: PATH })).status).toBe(101);
  });

  it("H7 refuses pages of the same host at another port", async () => {
    expectFailure(await suite.answer({ path: PATH, ...page("http://127.0.0.1:1") }), "ORIGIN_REJECTED");
  });

  it("H7 tells a page that asks by plain HTTP whether its handshake would be refused, in what every page may read", async () => {
    const accept = "application/vnd.onesocket.why, application/json, */*;q=0.1";
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${suite.host.url}${PATH}`, { headers: { accept, ...headers } });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      return ((await response.json()) as { readonly code: string }).code;
    };
    expect(await ask({ origin: "https://evil.example" })).toBe("ORIGIN_REJECTED");
    expect(await ask({ referer: "https://evil.example/page" })).toBe("ORIGIN_REJECTED");
    expect(await ask({ referer: `${suite.host.url}/page` })).toBe("NOT_A_HANDSHAKE");
    expect(await ask({})).toBe("NOT_A_HANDSHAKE");
  });

  it("H7 goes by the list of origins when there is one", async () => {
    expect((await suite.answer({ path: "/friends", ...page("https://app.example.com") })).status).toBe(101);
    expectFailure(await suite.answer({ path: "/friends", ...page(`http://${host()}`) }), "ORIGIN_REJECTED");
    expectFailure(await suite.answer({ path: "/friends", ...page("null") }), "ORIGIN_REJECTED");
  });

  it("H7 opens a definition to every page with *", async () => {
    expect((await suite.answer({ path: "/anyone", ...page("https://evil.example") })).status).toBe(101);
    expect((await suite.answer({ path: "/anyone", ...page("null") })).status).toBe(101);
  });

  it("H7 holds for the closure form too, which can opt out", async () => {
    expectFailure(await suite.answer({ path: "/closure", ...page("https://evil.example") }), "ORIGIN_REJECTED");
    expect((await suite.answer({ path: "/open-closure", ...page("https://evil.example") })).status).toBe(101);
  });

  it("H7 names both hosts and nginx's fix in the log when a proxy seems to rewrite Host", async () => {
    const origin = `https://${freshRoom()}.example`;
    await suite.answer({ path: PATH, headers: { origin, "x-forwarded-host": new URL(origin).host } });
    const line = await suite.eventually(() => suite.host.logs.find((logged) => logged.includes(origin)));
    expect(line).toContain("ORIGIN_REJECTED");
    expect(line).toContain(host());
    expect(line).toContain("proxy_set_header Host $http_host;");
    expect(line?.includes('proxies: trustProxies(["127.0.0.1"])')).toBe(may("clientAddress") !== "CF-Connecting-IP");
  });

  it("H7 has in the log the line that lets a refused page in, and says when only the port differs", async () => {
    const origin = "http://127.0.0.1:5173";
    expectFailure(await suite.answer({ path: PATH, ...page(origin) }), "ORIGIN_REJECTED");
    const line = await suite.eventually(() => suite.host.logs.find((logged) => logged.includes(origin)));
    expect(line).toContain("only the port differs");
    expect(line).toContain(`origins: ["${origin}"]`);
  });

  it("H7 lets what its list names connect, browser or not", async () => {
    for (const origin of ["file://", "content://", "wss://socket.example", "https://charger.example/library"]) {
      expectFailure(await suite.answer({ path: PATH, ...page(origin) }), "ORIGIN_REJECTED");
      expect((await suite.answer({ path: "/friends", ...page(origin) })).status).toBe(101);
    }
  });

  it("H7 takes the ports 80 and 443 of Host for none, since TLS may end before it", async () => {
    for (const port of [80, 443]) {
      const headers = { host: `app.example:${port}`, origin: "https://app.example" };
      expect((await suite.answer({ path: PATH, headers })).status).toBe(101);
    }
  });

  if (may("clientAddress") !== "CF-Connecting-IP") {
    it("H7 believes X-Forwarded-Host from a proxy of ours, and from nobody else", async () => {
      const headers = { origin: "https://app.example", "x-forwarded-host": "app.example" };
      expect((await suite.answer({ path: PATH, headers }, "127.0.0.2")).status).toBe(101);
      expectFailure(await suite.answer({ path: PATH, headers }), "ORIGIN_REJECTED");
      const forwarded = { origin: "https://app.example", forwarded: "for=192.0.2.1;host=app.example" };
      expectFailure(await suite.answer({ path: PATH, headers: forwarded }, "127.0.0.2"), "ORIGIN_REJECTED");
    });
  }

  it("H8 answers the 401 that a middleware gives after next(), and opens nothing", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const response = await suite.answer({ path: `/denied?room=${room}` });
    expect(response).toMatchObject({ status: 401, body: "denied" });
    expect(await watcher.ask("me")).toMatchObject({ room: { size: 1 } });
  });

  it("H8 opens the socket for all that a middleware returns after next(), by Hono's rule, and warns in the log", async () => {
    const client = await suite.connect(`/unheard?room=${freshRoom()}&name=ann`);
    expect(await client.ask("me")).toMatchObject({ state: { name: "ann" } });
    const line = await suite.eventually(() => suite.host.logs.find((logged) => logged.includes("ANSWER_IGNORED")));
    expect(line).toContain("main: ANSWER_IGNORED");
    expect(line).toContain("401");
  });

  it("H8 warns of nothing where a middleware's answer is heard, or it makes none", async () => {
    const count = () => suite.host.logs.filter((logged) => logged.includes("ANSWER_IGNORED")).length;
    const before = count();
    await suite.answer({ path: `/denied?room=${freshRoom()}` });
    await suite.answer({ path: "/dressed" });
    await suite.connect(`/unheard?room=${freshRoom()}&name=ann`);
    await suite.eventually(() => count() > before);
    expect(count()).toBe(before + 1);
  });

  it("H8 answers the app's own error when a middleware throws after next(), and opens nothing", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const response = await suite.answer({ path: `/broken?room=${room}` });
    expect(response).toMatchObject({ status: 500, body: "the app's own error" });
    expect(await watcher.ask("me")).toMatchObject({ room: { size: 1 } });
  });

  const address = async (headers: Record<string, string>, from?: string) => {
    const response = await suite.answer({ path: `/gated/${freshRoom()}?then=headers`, headers }, from);
    return header(response, "x-address");
  };

  if (may("clientAddress") !== "CF-Connecting-IP") {
    it("H9 tells the TCP peer's address, whatever its headers say", async () => {
      expect(await address({})).toBe("127.0.0.1");
      expect(await address({ "x-forwarded-for": "203.0.113.7" })).toBe("127.0.0.1");
      expect(await address({ forwarded: "for=203.0.113.7" })).toBe("127.0.0.1");
      expect(await address({ "cf-connecting-ip": "203.0.113.7" })).toBe("127.0.0.1");
    });

    it("H9 believes X-Forwarded-For from a proxy of ours, read from the right, and Forwarded from nobody unless told to", async () => {
      expect(await address({ "x-forwarded-for": "198.51.100.1, 203.0.113.7" }, "127.0.0.2")).toBe("203.0.113.7");
      expect(await address({ "x-forwarded-for": "203.0.113.7, 127.0.0.2" }, "127.0.0.2")).toBe("203.0.113.7");
      expect(await address({ forwarded: 'for=1.2.3.4, for="[2001:db8::1]:80"' }, "127.0.0.2")).toBe("127.0.0.2");
    });
  } else {
    it("H9 tells what CF-Connecting-IP says, and believes nothing else", async () => {
      expect(await address({ "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": "198.51.100.1" })).toBe(
        "203.0.113.7",
      );
    });
  }

  it("H9 reads the PROXY protocol from a proxy of ours, and answers 400 to anybody else, where the runtime shows it", async () => {
    for (const from of ["127.0.0.2", "127.0.0.3"]) {
      const raw = await suite.raw(from);
      raw.together(() => {
        raw.write(Buffer.from("PROXY TCP4 203.0.113.7 198.51.100.2 49152 80\r\n"));
        raw.handshake({ path: `/gated/${freshRoom()}?then=headers` });
      });
      const response = await raw.response();
      if (may("proxyProtocol") === "refused") expect(response.status).toBe(400);
      else if (from === "127.0.0.3") expectFailure(response, "PROXY_PROTOCOL");
      else expect([response.status, header(response, "x-address")]).toEqual([101, "203.0.113.7"]);
      raw.end();
    }
  });

  it("H9 tells a socket the same address", async () => {
    const headers = may("clientAddress") !== "CF-Connecting-IP" ? {} : { headers: { "cf-connecting-ip": "127.0.0.1" } };
    const client = await suite.connect(`/main/${freshRoom()}`, headers);
    expect(await client.ask("me")).toMatchObject({ remoteAddress: "127.0.0.1" });
  });
}
