import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { peerOf, remoteAddress } from "../../../src/core/upgrade/remote-address.ts";
import { type ProxyOptions, trustProxies } from "../../../src/core/upgrade/trusted-proxies.ts";

const trust = ["10.0.0.0/8", "::1", "2001:db8::/32"];
const none = undefined;
const inner = trustProxies(trust);
const forwarding = trustProxies({ trust, header: "forwarded" });

function client(headers: Record<string, string>, peer = "10.0.0.1", proxies = inner): string {
  return remoteAddress(peer, new Headers(headers), proxies);
}

/** Where our proxies set `Forwarded`. */
function forwardedClient(forwarded: string, more: Record<string, string> = {}): string {
  return client({ forwarded, ...more }, "10.0.0.1", forwarding);
}

describe("the remote address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::", "::"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["fe80::1%eth0", "fe80::1"],
    ["", ""],
    ["@socket", "@socket"],
  ])("of the peer %j is %j without proxies", (peer, told) => {
    const headers = new Headers({ "x-forwarded-for": "198.51.100.9", forwarded: "for=198.51.100.9" });
    expect(remoteAddress(peer, headers, none)).toBe(told);
  });

  it("is the peer's when the peer is no proxy of ours, whatever it claims", () => {
    expect(client({ "x-forwarded-for": "198.51.100.9" }, "192.0.2.1")).toBe("192.0.2.1");
    expect(client({ forwarded: "for=198.51.100.9" }, "192.0.2.1")).toBe("192.0.2.1");
  });

  it("is the peer's when no header tells more", () => {
    expect(client({})).toBe("10.0.0.1");
  });
});

describe("X-Forwarded-For from a proxy of ours", () => {
  it.each([
    ["198.51.100.9", "198.51.100.9"],
    ["203.0.113.5, 198.51.100.9", "198.51.100.9"],
    ["203.0.113.5, 198.51.100.9, 10.0.0.2, 10.9.9.9", "198.51.100.9"],
    ["198.51.100.9,2001:db8::7", "198.51.100.9"],
    ["198.51.100.9, ::ffff:10.0.0.2", "198.51.100.9"],
    ["::ffff:198.51.100.9", "198.51.100.9"],
    ["2001:DEAD::BEEF", "2001:dead::beef"],
    ["198.51.100.9:4711", "198.51.100.9"],
    ["[2001:dead::1]:4711", "2001:dead::1"],
    ["[2001:dead::1]", "2001:dead::1"],
    ["198.51.100.9, ,", "198.51.100.9"],
  ])("is read from the right: %j is %j", (value, told) => {
    expect(client({ "x-forwarded-for": value })).toBe(told);
  });

  it("tells the leftmost hop when all of them are ours", () => {
    expect(client({ "x-forwarded-for": "10.0.0.3, 10.0.0.2" })).toBe("10.0.0.3");
  });

  it.each([
    "unknown",
    "_hidden",
    "",
    "198.51.100",
    "198.51.100.9.1",
    "198.51.100.256",
    "198.51.100.09",
    "0x1.1.1.1",
    "198.51.100.9:port",
    "[198.51.100.9",
    "2001:dead::1::2",
    "2001:dead::1]",
    "1:2:3:4:5:6:7",
    "::1.2.3.400",
    "example.com",
    '"198.51.100.9"',
  ])("ends at the last good address when a hop is %j", (hop) => {
    expect(client({ "x-forwarded-for": `198.51.100.9, ${hop || "?"}, 10.0.0.2` })).toBe("10.0.0.2");
  });

  it("is all that is read, unless told otherwise: Forwarded is then the client's own", () => {
    expect(client({ "x-forwarded-for": "198.51.100.9", forwarded: "for=203.0.113.5" })).toBe("198.51.100.9");
    expect(client({ "x-forwarded-for": "unknown", forwarded: "for=203.0.113.5" })).toBe("10.0.0.1");
    expect(client({ forwarded: "for=203.0.113.5" })).toBe("10.0.0.1");
  });

  it("is believed through an IPv4-mapped peer", () => {
    expect(client({ "x-forwarded-for": "198.51.100.9" }, "::ffff:10.0.0.1")).toBe("198.51.100.9");
  });
});

describe("Forwarded from a proxy of ours", () => {
  it.each([
    ["for=198.51.100.9", "198.51.100.9"],
    ["For=198.51.100.9;proto=https;by=10.0.0.1", "198.51.100.9"],
    ["proto=https; for=198.51.100.9 ;", "198.51.100.9"],
    ['for="198.51.100.9:4711"', "198.51.100.9"],
    ['for="198.51.100.9:_port"', "198.51.100.9"],
    ["for=198.51.100.9:4711", "198.51.100.9"],
    ['for="[2001:dead::1]"', "2001:dead::1"],
    ['for="[2001:dead::1]:4711"', "2001:dead::1"],
    ['for="\\[2001:dead::1\\]"', "2001:dead::1"],
    ["for=203.0.113.5, for=198.51.100.9, for=10.0.0.2", "198.51.100.9"],
    ['for=198.51.100.9;host="app.example:8080"', "198.51.100.9"],
  ])("is read from the right: %j is %j", (value, told) => {
    expect(forwardedClient(value)).toBe(told);
  });

  it.each([
    "for=unknown",
    "for=_hidden",
    'for="_hidden:80"',
    "proto=https",
    "for=",
    "for",
    'for="198.51.100.9',
    'for=198.51.100.9"',
    'for=198.51.100.9;host="',
    "for=198.51.100.9 by=10.0.0.1",
    "by 10 for=198.51.100.9",
    "=198.51.100.9",
    'for=198.51.100.9;host="a;b"',
  ])("ends at the last good address when an element is %j", (element) => {
    expect(forwardedClient(`for=203.0.113.5, ${element}, for=10.0.0.2`)).toBe("10.0.0.2");
  });

  it("is all that is read where it is the proxies' header: X-Forwarded-For is then the client's own", () => {
    expect(forwardedClient("for=198.51.100.9", { "x-forwarded-for": "203.0.113.5" })).toBe("198.51.100.9");
    expect(client({ "x-forwarded-for": "203.0.113.5" }, "10.0.0.1", forwarding)).toBe("10.0.0.1");
  });

  it("does not let a client's open quote swallow what our proxies append", () => {
    expect(forwardedClient('for="203.0.113.5, for=198.51.100.9')).toBe("198.51.100.9");
  });

  it("does not let a client's Host smuggle a hop in", () => {
    expect(forwardedClient('for=198.51.100.9;host="x, for=203.0.113.5;a=b"')).toBe("10.0.0.1");
  });
});

describe("proxies", () => {
  const covers = (entry: string, peer: string) =>
    remoteAddress(peer, new Headers({ "x-forwarded-for": "198.51.100.9" }), trustProxies([entry])) === "198.51.100.9";

  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/8", "10.200.0.1", true],
    ["192.0.2.128/25", "192.0.2.128", true],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["192.0.2.7/32", "::ffff:192.0.2.7", true],
    ["::ffff:192.0.2.0/120", "192.0.2.9", true],
    ["::ffff:192.0.2.0/120", "192.0.3.9", false],
    ["::ffff:192.0.2.7", "192.0.2.7", true],
    ["0.0.0.0/0", "203.0.113.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "192.0.2.1", false],
    ["2001:db8::/33", "2001:db8:7fff::", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["::1", "::1", true],
    ["fe80::/10", "fe80::1%eth0", true],
  ])("%s and the peer %s: %s", (entry, peer, covered) => {
    expect(covers(entry, peer)).toBe(covered);
  });

  it.each([
    "",
    "loopback",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "/10.0.0.0/8",
    "::/129",
    "::g",
    "::ffff:1.2.3.4/90",
    "[::1]",
  ])("throw a TypeError that names the bad entry %j", (entry) => {
    expect(() => trustProxies(["10.0.0.0/8", entry])).toThrow(TypeError);
    expect(() => trustProxies(["10.0.0.0/8", entry])).toThrow(JSON.stringify(entry));
  });
});

describe("the option", () => {
  it("may be a list, or name the header too", () => {
    const headers = { "x-forwarded-for": "198.51.100.9", forwarded: "for=198.51.100.8" };
    expect(client(headers, "10.0.0.1", trustProxies(["10.0.0.1"]))).toBe("198.51.100.9");
    expect(client(headers, "10.0.0.1", trustProxies({ trust: ["10.0.0.1"] }))).toBe("198.51.100.9");
    expect(client(headers, "10.0.0.1", trustProxies({ trust: ["10.0.0.1"], header: "forwarded" }))).toBe(
      "198.51.100.8",
    );
    expect(client(headers, "10.0.0.1", trustProxies([]))).toBe("10.0.0.1");
  });

  it.each<[unknown, string]>([
    ["10.0.0.1", "trustProxies takes a list"],
    [undefined, "trustProxies takes a list"],
    [null, "trustProxies takes a list"],
    [{}, "trustProxies takes a list"],
    [{ trust: "10.0.0.1" }, "trustProxies takes a list"],
    [{ header: "forwarded" }, "trustProxies takes a list"],
    [[10], "10 is not an IP address"],
    [[["10.0.0.1"]], '["10.0.0.1"] is not an IP address'],
    [{ trust: [], header: "x-real-ip" }, '"x-forwarded-for" or "forwarded", not "x-real-ip"'],
    [{ trust: [], header: "Forwarded" }, 'not "Forwarded"'],
    [{ trust: [], headers: "forwarded" }, 'trustProxies has no option "headers"'],
  ])("throws a TypeError for %j", (option, words) => {
    expect(() => trustProxies(option as ProxyOptions)).toThrow(TypeError);
    expect(() => trustProxies(option as ProxyOptions)).toThrow(words);
  });
});

describe("the hosts that a peer tells", () => {
  const hosts = (headers: Record<string, string>, peer = "10.0.0.1", proxies = inner) =>
    peerOf(peer, new Headers(headers), proxies).hosts();

  it("are those of X-Forwarded-Host, from a proxy of ours", () => {
    expect(hosts({ "x-forwarded-host": "app.example, inner.example:80" })).toEqual(["app.example", "inner.example:80"]);
    expect(hosts({ "x-forwarded-host": "app.example" }, "::ffff:10.0.0.1")).toEqual(["app.example"]);
    expect(hosts({ forwarded: "host=app.example" })).toEqual([]);
  });

  it("are those of Forwarded where that is the proxies' header", () => {
    const forwarded = 'for=192.0.2.1;host=app.example, for=10.0.0.2;Host="inner.example:80", for=10.0.0.3, host="';
    expect(hosts({ forwarded }, "10.0.0.1", forwarding)).toEqual(["app.example", "inner.example:80"]);
    expect(hosts({ "x-forwarded-host": "app.example" }, "10.0.0.1", forwarding)).toEqual([]);
  });

  it("are unknown from anybody else", () => {
    expect(hosts({ "x-forwarded-host": "app.example" }, "192.0.2.1")).toBeUndefined();
    expect(hosts({ "x-forwarded-host": "app.example" }, "")).toBeUndefined();
    expect(hosts({ "x-forwarded-host": "app.example" }, "10.0.0.1", trustProxies([]))).toBeUndefined();
    expect(peerOf("10.0.0.1", new Headers({ "x-forwarded-host": "app.example" }), none).hosts()).toBeUndefined();
  });

  it("come with its address, as it is told", () => {
    expect(peerOf("::ffff:10.0.0.1", new Headers(), inner).address).toBe("10.0.0.1");
    expect(peerOf("", new Headers(), inner).address).toBe("");
  });
});

describe("any addresses", () => {
  it("are told so that telling them again changes nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const told = remoteAddress(address, new Headers(), none);
        expect(remoteAddress(told, new Headers(), none)).toBe(told);
        expect(trustProxies([address]).has(told)).toBe(true);
        expect(trustProxies([told]).has(address)).toBe(true);
      }),
    );
  });

  it("are found behind any number of our proxies", () => {
    const proxy = fc.ipV4().map((address) => address.replace(/^\d+/, "10"));
    const stranger = fc.ipV4().map((address) => address.replace(/^\d+/, "198"));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), stranger, fc.array(proxy), (claim, address, hops) => {
        expect(client({ "x-forwarded-for": [claim, address, ...hops].join(", ") })).toBe(address);
        const elements = [claim, ...[address, ...hops].map((hop) => `for=${hop}`)];
        expect(forwardedClient(elements.join(", "))).toBe(address);
      }),
    );
  });

  it("never make it throw, and are read in linear time", () => {
    for (const piece of ["1.", ":", "10.0.0.1,", "for=", '"', "\\", "; ", "%", "[", " "]) {
      const value = piece.repeat(200_000);
      expect(client({ "x-forwarded-for": value })).toBe("10.0.0.1");
      expect(forwardedClient(`for="${value}`)).toBe("10.0.0.1");
      expect(remoteAddress(value, new Headers(), inner)).toBe(value);
    }
  });
});
