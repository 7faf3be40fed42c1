import { describe, expect, it } from "vitest";
import { printedForms, reported } from "./reported.ts";
import { SAMPLES } from "./samples.ts";

const EACH = Object.entries(SAMPLES);

function judged(content: string, by: string): readonly string[] | undefined {
  const { explanations } = reported([{ name: "proxy.conf", content }]);
  const ours = explanations.filter((one) => one.kind === "configuration" && one.by.includes(by));
  return ours.length > 0 ? ours.flatMap(({ causes }) => causes.map(({ code }) => code)) : undefined;
}

/** The same numbers each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  '"',
  "'",
  "`",
  ";",
  ":",
  "#",
  "\\",
  "\n",
  " ",
  "=",
  "=>",
  "$",
  "<",
  ">",
  "&a *a",
  "<<: *a",
  "!",
  "${",
  "include x\n",
  "*/",
  "/*",
];

/** A text with some of it lost, doubled, moved or put in. */
function mutated(text: string, next: () => number): string {
  let out = text;
  for (let left = 1 + Math.floor(next() * 4); left > 0; left--) {
    const [a, b] = [next(), next()].map((one) => Math.floor(one * (out.length + 1))).toSorted((x, y) => x - y) as [
      number,
      number,
    ];
    const kind = Math.floor(next() * 5);
    const end = Math.min(b, a + 40);
    if (kind === 0) out = out.slice(0, a) + out.slice(end);
    else if (kind === 1) out = out.slice(0, end) + out.slice(a, end) + out.slice(end);
    else if (kind === 2) out = out.slice(0, a) + PIECES[Math.floor(next() * PIECES.length)] + out.slice(a);
    else if (kind === 3) out = out.slice(0, a);
    else out = out.slice(a) + out.slice(0, a);
  }
  return out;
}

describe("a configuration", () => {
  it.each(EACH)("is judged as it is: %s", (_, { text, by, codes }) => {
    expect(judged(text, by)).toEqual(codes);
  });

  it.each(EACH)(
    "means the same with comments, empty lines and other ends of lines: %s",
    (_, { text, by, codes, comment }) => {
      const rows = text.trimEnd().split("\n");
      const airy = rows.map((row) => `${row}  \n\n${comment} { not this: } proxy_pass; <Location> "\n`).join("");
      expect(judged(airy, by)).toEqual(codes);
      expect(judged(`${rows.join("\r\n")}\r\n`, by)).toEqual(codes);
      expect(judged(`${text}\n\n${text}`, by) ?? []).toEqual(codes);
    },
  );

  it.each(EACH.filter(([, { needs }]) => needs))(
    "without what carries the upgrade on is wrong: %s",
    (_, { text, by, needs }) => {
      expect(text).toContain(needs!.words);
      expect(judged(text.replace(needs!.words, ""), by)).toEqual(needs!.codes);
    },
  );

  it.each(EACH)("that is broken in any way ends no program: %s", (_, { text }) => {
    const next = random(text.length);
    for (let left = 60; left > 0; left--)
      reported(
        [{ name: "proxy.conf", content: mutated(text, next) }],
        left % 2 ? {} : { path: "/chat?a=1", host: "app.example.com:8080", secure: left % 4 === 0 },
      );
  });

  it.each(EACH)("is read in time however often it stands there: %s", (_, { text }) => {
    reported([{ name: "proxy.conf", content: text.repeat(100_000 / text.length) }]);
  });

  it("whose lines name one another again and again is not followed for ever", () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
      .split("")
      .map((name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdefgh"[at]}`).join(", ")}]`)
      .join("\n")}\nservices:\n  app: { image: app, labels: *i }\n`;
    expect(judged(bomb, "Compose") ?? []).toEqual([]);
    expect(judged("services: &a\n  app: { image: a, labels: *a }\n", "Compose") ?? []).toEqual([]);
    expect(judged("(a) {\n\timport a\n}\na.example {\n\timport a\n\treverse_proxy b:1\n}\n", "Caddy")).toEqual([]);
    expect(judged(`${"sub a { call a; }\n".repeat(3)}sub vcl_recv { call a; return (pass); }\n`, "Varnish")).toEqual([
      "UPGRADE_STRIPPED",
    ]);
  });
});

/** One in each kind, where such a thing stands. */
const PLANTED: Readonly<Record<string, string>> = {
  Apache:
    'RequestHeader set Authorization "Basic c2VjcmV0OnBsYW50ZWQtc2VjcmV0LTE="\nProxyPass /plain http://user:planted-secret-1@app/\n',
  HAProxy:
    "frontend web\n  mode http\n  bind :80\n  http-request deny unless { req.hdr(x-api-key) -m str planted-secret-1 } { src 10.0.0.1 }\n  default_backend app\nbackend app\n  http-request del-header Upgrade if { req.hdr(x-token) planted-secret-1 } or { always_true }\n  server a b:1\n",
  Caddy:
    "a.example {\n\tbasicauth {\n\t\tbob planted-secret-1\n\t}\n\treverse_proxy b:1 {\n\t\theader_up X-Api-Key planted-secret-1\n\t\theader_up Host planted-secret-1\n\t}\n}\n",
  Varnish:
    'vcl 4.1;\nsub vcl_recv {\n  if (req.http.X-Token == "planted-secret-1") { return (pipe); }\n  set req.http.Authorization = "planted-secret-1";\n}\n',
  Traefik:
    "http:\n  routers:\n    a: { rule: 'Header(`X-Api-Key`, `planted-secret-1`)', service: a, middlewares: [h] }\n  middlewares:\n    h: { headers: { customRequestHeaders: { X-Api-Key: planted-secret-1 } } }\n  services:\n    a: { loadBalancer: { servers: [{ url: 'http://bob:planted-secret-1@b' }] } }\n",
  Compose:
    "services:\n  a:\n    image: a\n    environment:\n      VIRTUAL_HOST: a.example\n      DB_PASSWORD: planted-secret-1\n      NOTE: planted-secret-1\n",
  Vite: "export default { server: { proxy: {\n '/chat': { target: 'http://bob:planted-secret-1@b', headers: { authorization: 'planted-secret-1' } },\n} } };\n",
};

describe("a secret in a configuration", () => {
  it.each(Object.entries(PLANTED))("of %s is not printed", (by, content) => {
    expect(judged(content, by)).toBeDefined();
    for (const form of printedForms([{ name: "proxy.conf", content }]))
      expect(form).not.toMatch(/planted-secret-1|c2VjcmV0OnBsYW50ZWQt/);
  });
});

describe("a name that every object has", () => {
  const EVERY = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"];

  it.each(EVERY)("is one like any other: %s", (name) => {
    const capital = name.replace(/^_*./, (first) => first.toUpperCase());
    const texts = [
      `server {\n  include ${name};\n  location / { proxy_pass http://a; proxy_read_timeout 1${name}; }\n}\n`,
      `${capital} On\nRewriteEngine On\nRewriteRule ^/a https://b/ [${name},R=${name}]\nProxyPass / http://a/\n${capital} b\n`,
      `frontend web\n  mode http\n  bind :80\n  http-request ${name} if ${name}\n  acl x hdr_cnt(${name}) ${name} 1\n  use_backend ${name} if x\n  default_backend app\nbackend app\n  timeout tunnel 1${name}\n  server a b:1 ${name}\n`,
      `a.example {\n\t${name} a\n\tredir /x https://b ${name}\n\treverse_proxy b:1 {\n\t\t${name} x\n\t\theader_up ${name} {${name}}\n\t}\n}\n`,
      `server.modules = ( "mod_proxy" )\nvar.x = ${name}\nproxy.server = ( "" => (( "host" => "a", "${name}" => 1 )) )\nproxy.header = ( "${name}" => "enable" )\n`,
      `vcl 4.1;\nsub vcl_recv {\n  set ${name} = ${name};\n  call ${name};\n  if (${name}) { return (${name}); }\n  return (pipe);\n}\n`,
      `http:\n  routers:\n    ${name}: { rule: ${name}(\`a\`), service: ${name}, middlewares: [${name}] }\n    b: { rule: PathPrefix(\`/\`), middlewares: [m] }\n  middlewares:\n    m: { ${name}: { ${name}: x } }\n`,
      `kind: Ingress\nmetadata:\n  annotations: { ${name}: a }\nspec:\n  ingressClassName: ${name}\n  rules: [{ http: { paths: [{ path: /, backend: { service: { name: ${name} } } }] } }]\n`,
      `route_config: { virtual_hosts: [{ domains: ["*"], routes: [{ match: { prefix: / }, redirect: { response_code: ${name} } }] }] }\n`,
      `export default { server: { proxy: { ${name}: { ${name}: 1 }, "/a": { target: "http://b", ws: ${name} } } } };\n`,
    ];
    for (const content of texts) {
      for (const question of [{}, { path: "/a", host: "a.example", secure: true }, { path: "/x" }])
        for (const { what, note, causes } of reported([{ name: "proxy.conf", content }], question).explanations)
          expect(JSON.stringify([what, note, causes])).not.toMatch(/native code|\[object /);
    }
  });
});
