import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, createSecureServer as createSecureHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { connect, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../helpers/programs.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import {
  answer,
  consult,
  listen,
  type Patient,
  patient,
  rawPatient,
  switching,
  tlsPatient,
  wellBehaved,
} from "./lab.ts";

const TLS = { cert: CERTIFICATE, key: KEY };

const patients: Patient[] = [];
afterEach(async () => {
  for (const one of patients.splice(0)) await one.stop();
});

async function admit(one: Promise<Patient> | Server): Promise<string> {
  const admitted = await (one instanceof Promise ? one : listen(one));
  patients.push(admitted);
  return admitted.host;
}

async function codeOf(...args: string[]): Promise<string | null> {
  return (await consult("--timeout", "1s", ...args)).code;
}

/** A process that listens and was stopped: once its backlog is full, the kernel answers no SYN. */
async function stopped(): Promise<Patient> {
  const script = `const server = net.createServer().listen(0, "127.0.0.1", 1, () => console.log(server.address().port))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  child.kill("SIGSTOP");
  const filling = Array.from({ length: 4 }, () => connect(Number(port), "127.0.0.1").on("error", () => {}));
  const stop = async () => {
    for (const socket of filling) socket.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { host: `127.0.0.1:${Number(port)}`, stop };
}

describe("names and addresses", () => {
  it("a name that does not resolve is DNS_FAILED", async () => {
    const report = await consult("ws://nobody.invalid");
    expect(report).toMatchObject({ ok: false, code: "DNS_FAILED", connections: 0 });
  });

  it("a port where nothing listens is TCP_REFUSED", async () => {
    expect(await codeOf(`ws://127.0.0.1:${await freePort()}`)).toBe("TCP_REFUSED");
  });

  it("a host that takes no connection is TCP_TIMEOUT", async () => {
    const host = await admit(stopped());
    expect(await codeOf(`ws://${host}`, "--timeout", "300ms")).toBe("TCP_TIMEOUT");
  });

  it("a server on one address of a name with two is reached", async () => {
    const host = await admit(patient(wellBehaved()));
    const report = await consult(`ws://localhost:${host.split(":")[1]}`, "--quick");
    expect(report).toMatchObject({ ok: true, code: null });
  });
});

describe("schemes", () => {
  it("wss on a port of plain WebSockets is TLS_TO_PLAIN_PORT", async () => {
    expect(await codeOf(`wss://${await admit(patient(wellBehaved()))}`)).toBe("TLS_TO_PLAIN_PORT");
  });

  it("wss on a port of plain HTTP is TLS_TO_PLAIN_PORT", async () => {
    expect(await codeOf(`wss://${await admit(createHttpServer())}`)).toBe("TLS_TO_PLAIN_PORT");
  });

  it("wss on a port that speaks something else is NOT_HTTP", async () => {
    expect(await codeOf(`wss://${await admit(rawPatient((socket) => socket.write("SSH-2.0-x\r\n")))}`)).toBe(
      "NOT_HTTP",
    );
  });

  it.each([
    ["a TLS server", () => tlsPatient(wellBehaved())],
    ["an https server", () => createHttpsServer(TLS)],
    ["a TLS server that only knows h2", () => createSecureHttp2Server(TLS)],
  ])("ws on the port of %s is PLAIN_TO_TLS_PORT", async (_, start) => {
    expect(await codeOf(`ws://${await admit(start())}`)).toBe("PLAIN_TO_TLS_PORT");
  });

  it("ws on a port whose server explains in plain HTTP that it wants TLS is PLAIN_TO_TLS_PORT", async () => {
    // As nginx and Go do: they look at the first byte.
    const tls = createTlsServer(TLS);
    const host = await admit(
      rawPatient((socket) => {
        socket.once("data", (chunk) => {
          if (chunk[0] !== 0x16)
            return void socket.end(answer("400 Bad Request", "The plain HTTP request was sent to HTTPS port"));
          socket.pause();
          socket.unshift(chunk);
          tls.emit("connection", socket);
        });
      }),
    );
    expect(await codeOf(`ws://${host}`)).toBe("PLAIN_TO_TLS_PORT");
  });
});

describe("certificates", () => {
  it("one that nobody signed is CERT_INVALID, and ends the phases", async () => {
    const report = await consult(`wss://${await admit(tlsPatient(wellBehaved()))}`);
    expect(report).toMatchObject({ ok: false, code: "CERT_INVALID" });
    expect(report.detail).toContain("DNS:localhost");
    expect(report.phases.find(({ name }) => name === "handshake")).toMatchObject({ verdict: "skipped" });
  });

  it("is a warning with --insecure, and the rest is examined", async () => {
    const report = await consult(`wss://${await admit(tlsPatient(wellBehaved()))}`, "--insecure");
    expect(report).toMatchObject({ ok: true, code: "CERT_INVALID" });
    expect(report.phases.find(({ name }) => name === "close")).toMatchObject({ verdict: "ok" });
  });

  it("a server that refuses our TLS is TLS_FAILED", async () => {
    const server = createTlsServer({ ...TLS, maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" });
    server.on("tlsClientError", () => {});
    const host = await admit(server);
    expect(await codeOf(`wss://localhost:${host.split(":")[1]}`)).toBe("TLS_FAILED");
  });
});

describe("client certificates", () => {
  it("that a server demands make it TLS_FAILED", async () => {
    const server = createTlsServer({ ...TLS, requestCert: true, rejectUnauthorized: true });
    server.on("tlsClientError", () => {});
    expect(await codeOf(`wss://${await admit(server)}`, "--insecure")).toBe("TLS_FAILED");
  });
});

describe("HTTP/2 alone", () => {
  it("in plain is HTTP2_ONLY", async () => {
    const server = createHttp2Server().on("sessionError", () => {});
    expect(await codeOf(`ws://${await admit(server)}`)).toBe("HTTP2_ONLY");
  });

  it("in TLS is HTTP2_ONLY", async () => {
    expect(await codeOf(`wss://${await admit(createSecureHttp2Server(TLS))}`, "--insecure")).toBe("HTTP2_ONLY");
  });

  it("that only ends what is not HTTP/2 is HTTP2_ONLY", async () => {
    const http2 = createHttp2Server();
    const host = await admit(
      rawPatient((socket) => {
        socket.once("data", (chunk) => {
          if (!chunk.toString().startsWith("PRI")) return void socket.end();
          socket.pause();
          socket.unshift(chunk);
          http2.emit("connection", socket);
        });
      }),
    );
    expect(await codeOf(`ws://${host}`)).toBe("HTTP2_ONLY");
  });

  it("tells what extended CONNECT gets", async () => {
    const server = createHttp2Server({ settings: { enableConnectProtocol: true } }).on("sessionError", () => {});
    server.on("stream", (stream) => stream.respond({ ":status": 200 }));
    const report = await consult(`ws://${await admit(server)}`);
    expect(report.detail).toContain("extended CONNECT: 200");
  });
});

describe("redirections", () => {
  it("are followed once, to tell what is there", async () => {
    const target = await admit(patient(wellBehaved()));
    const location = `Location: http://${target}/moved\r\n`;
    const host = await admit(patient((socket) => socket.end(answer("308 Permanent Redirect", "", location))));
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: false, code: "REDIRECTED" });
    expect(report.detail).toContain(`ws://${target}/moved: 101 Switching Protocols`);
  });

  it.each([
    ["/login?next=/ws", /^Send what says who you are/],
    ["/auth/realms/x", /^Send what says who you are/],
    ["/author/1", /^Leave this path out of the redirection: where it leads/],
    ["/elsewhere", /^Leave this path out of the redirection: where it leads/],
  ])("to %s, which opens nothing, are not to be followed", async (location, fix) => {
    const host = await admit(
      patient((socket, { line }) =>
        socket.end(
          line.startsWith("GET / ") ? answer("302 Found", "", `Location: ${location}\r\n`) : answer("200 OK", "a page"),
        ),
      ),
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ code: "REDIRECTED", fix: expect.stringMatching(fix) });
    expect(report.detail).toMatch(/^302 to \/.*: 200 OK$/);
  });

  it("take no cookie to another host", async () => {
    let head = "";
    const target = await admit(
      patient((socket, ask) => {
        head = ask.head;
        socket.end(switching(ask));
      }),
    );
    const location = `Location: http://localhost:${target.split(":")[1]}/\r\n`;
    const host = await admit(patient((socket) => socket.end(answer("302 Found", "", location))));
    await consult(`ws://${host}`, "--cookie", "sid=geheim");
    expect(head).toContain("GET / HTTP/1.1");
    expect(head).not.toContain("geheim");
  });
});
