import fc from "fast-check";
import { bun } from "onesocket/bun";
import { deflate } from "onesocket/deflate";
import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../../src/core/contract/definition.ts";
import {
  acceptDeflate,
  checkDeflate,
  type DeflateParams,
  offerDeflate,
} from "../../../../src/core/protocol/deflate/deflate-params.ts";
import {
  type DeflateOptions,
  type InflateOptions,
  PermessageDeflate,
  type Zlib,
} from "../../../../src/core/protocol/deflate/permessage-deflate.ts";
import {
  type CompressionOptions,
  type CompressionSettings,
  settingsOf,
} from "../../../../src/core/protocol/deflate/settings.ts";
import { parseExtensions } from "../../../../src/core/protocol/headers.ts";
import { bytes } from "../../../helpers/core/recorder.ts";

/** Options with context takeover, so that a test sees only what it sets. */
const ours = (options: CompressionOptions = {}): CompressionSettings =>
  settingsOf({ serverNoContextTakeover: false, clientNoContextTakeover: false, ...options });

const parsed = (header: string) => parseExtensions(header)!;

const answer = (offers: string, options?: CompressionOptions) => acceptDeflate(parsed(offers), ours(options))?.response;

const agreed = (given: Partial<DeflateParams> = {}): DeflateParams => ({
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  ...given,
});

describe("a definition's compression", () => {
  it.each([undefined, false] as const)("%s is none", (compression) => {
    expect(defineSocket({ name: "a", compression }).compression).toBeUndefined();
  });

  it("keeps no contexts for compressing, demands nothing and leaves short messages alone", () => {
    expect(defineSocket({ name: "a", compression: deflate() }).compression).toMatchObject({
      threshold: 1024,
      level: 6,
      memLevel: 8,
      windowBits: 15,
      serverNoContextTakeover: true,
      clientNoContextTakeover: false,
    });
  });

  it("fills in the defaults of what is undefined", () => {
    expect(settingsOf({ level: undefined, threshold: 0 })).toMatchObject({ level: 6, threshold: 0 });
  });

  it.each([
    { threshold: -1 },
    { threshold: 1.5 },
    { level: 0 },
    { level: 10 },
    { memLevel: 0 },
    { memLevel: 10 },
    { windowBits: 8 },
    { windowBits: 16 },
  ])("%o is a RangeError", (options) => {
    const [name] = Object.keys(options);
    expect(() => deflate(options)).toThrow(RangeError);
    expect(() => deflate(options)).toThrow(`deflate's ${name} must be a whole number`);
  });

  it.each<[unknown, string]>([
    [{ treshold: 1 }, 'deflate has no option "treshold": did you mean "threshold"?'],
    [{ clientNoContextTakeover: "yes" }, "deflate's clientNoContextTakeover must be true or false, not yes"],
    [true, "deflate takes options, such as { threshold: 512, level: 3 }, not true"],
    [null, "deflate takes options, such as { threshold: 512, level: 3 }, not null"],
  ])("deflate(%o) is a TypeError", (options, words) => {
    expect(() => deflate(options as never)).toThrow(new TypeError(words));
  });

  it.each<unknown>([true, "deflate", {}, { threshold: 512, level: 3 }, settingsOf(), deflate])(
    "%o is a TypeError, which says what to write",
    (compression) => {
      const words =
        'compression is deflate(), or deflate({ threshold: 512, level: 3 }), imported from "onesocket/deflate"';
      expect(() => defineSocket({ name: "a", compression: compression as never })).toThrow(new TypeError(words));
      expect(() => bun({ fetch: () => new Response() }, { compression: compression as never })).toThrow(
        new TypeError(words),
      );
    },
  );
});

describe("the server's answer to offers", () => {
  it.each([
    ["permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits=15", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"],
    ['permessage-deflate; client_max_window_bits="10"', "permessage-deflate; client_max_window_bits=10"],
    ["permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"],
    ["permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"],
    ["permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
    ["permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"],
    [
      "permessage-deflate; client_max_window_bits=9; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9",
    ],
  ])("%s → %s", (offer, response) => {
    expect(answer(offer)).toBe(response);
  });

  it.each([
    ["none of them", "x-webkit-deflate-frame"],
    ["an unknown parameter", "permessage-deflate; x"],
    ["a parameter twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
    ["a window twice", "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"],
    ["a takeover with a value", "permessage-deflate; server_no_context_takeover=1"],
    ["a takeover with a value", "permessage-deflate; client_no_context_takeover=true"],
    ["a server's window without a value", "permessage-deflate; server_max_window_bits"],
    ["a window under 8", "permessage-deflate; server_max_window_bits=7"],
    ["a window over 15", "permessage-deflate; client_max_window_bits=16"],
    ["a window with a leading zero", "permessage-deflate; client_max_window_bits=09"],
    ["a window that is no number", "permessage-deflate; client_max_window_bits=x"],
    ["a parameter in another case", "permessage-deflate; Server_No_Context_Takeover"],
    ["a parameter named like a member of objects", "permessage-deflate; constructor"],
    ["a window of 8, which zlib cannot keep to", "permessage-deflate; server_max_window_bits=8"],
  ])("declines %s: %s", (_, offer) => {
    expect(answer(offer)).toBeUndefined();
  });

  it("takes the first offer that suits", () => {
    const offers = [
      "permessage-deflate; server_max_window_bits=8",
      "x-other",
      "permessage-deflate; server_max_window_bits=10",
      "permessage-deflate",
    ];
    expect(answer(offers.join(", "))).toBe("permessage-deflate; server_max_window_bits=10");
  });

  it("names nothing of its own that was not offered, and does it all the same", () => {
    const options = { serverNoContextTakeover: true, windowBits: 11 };
    const accepted = acceptDeflate(parsed("permessage-deflate"), ours(options));
    expect(accepted?.response).toBe("permessage-deflate");
    expect(accepted?.params).toEqual(agreed({ serverNoContextTakeover: true, serverMaxWindowBits: 11 }));
  });

  it("names a smaller window where windows were offered", () => {
    expect(answer("permessage-deflate; client_max_window_bits", { windowBits: 11 })).toBe(
      "permessage-deflate; client_max_window_bits=11",
    );
    expect(answer("permessage-deflate; server_max_window_bits=15", { windowBits: 11 })).toBe(
      "permessage-deflate; server_max_window_bits=11",
    );
  });

  it("demands of the client what the definition demands, offered or not", () => {
    expect(answer("permessage-deflate", { clientNoContextTakeover: true })).toBe(
      "permessage-deflate; client_no_context_takeover",
    );
  });

  it("takes no offer that would keep a context when there is no room for one", () => {
    const full = () => false;
    expect(acceptDeflate(parsed("permessage-deflate"), ours(), full)).toBeUndefined();
    const offers = "permessage-deflate, permessage-deflate; client_no_context_takeover";
    expect(acceptDeflate(parsed(offers), ours(), full)?.response).toBe(
      "permessage-deflate; client_no_context_takeover",
    );
    const demanding = ours({ clientNoContextTakeover: true });
    expect(acceptDeflate(parsed("permessage-deflate"), demanding, full)).toBeDefined();
  });

  it("never allows more than was offered", () => {
    expect(answer("permessage-deflate; server_max_window_bits=12; client_max_window_bits=13", { windowBits: 14 })).toBe(
      "permessage-deflate; server_max_window_bits=12; client_max_window_bits=13",
    );
  });
});

describe("the client's offer", () => {
  it.each([
    [{}, "permessage-deflate; client_max_window_bits"],
    [{ windowBits: 10 }, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10"],
    [{ serverNoContextTakeover: true }, "permessage-deflate; server_no_context_takeover; client_max_window_bits"],
    [{ clientNoContextTakeover: true }, "permessage-deflate; client_no_context_takeover; client_max_window_bits"],
  ])("%o → %s", (options, offer) => {
    expect(offerDeflate(ours(options))).toBe(offer);
  });
});

describe("the client's view of the response", () => {
  const check = (response: string | null, options?: CompressionOptions) =>
    checkDeflate(parsed(response as string), ours(options));

  it("undefined when the server declined", () => {
    expect(check(null)).toBeUndefined();
    expect(checkDeflate([], undefined)).toBeUndefined();
  });

  it.each<[string, CompressionOptions, Partial<DeflateParams>]>([
    ["permessage-deflate", {}, {}],
    ["permessage-deflate", { clientNoContextTakeover: true }, { clientNoContextTakeover: true }],
    ["permessage-deflate; server_no_context_takeover", {}, { serverNoContextTakeover: true }],
    ["permessage-deflate; client_no_context_takeover", {}, { clientNoContextTakeover: true }],
    ["permessage-deflate; server_max_window_bits=8", {}, { serverMaxWindowBits: 8 }],
    [
      "permessage-deflate; server_max_window_bits=9",
      { windowBits: 10 },
      { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
    ],
    ["permessage-deflate; client_max_window_bits=8", {}, { clientMaxWindowBits: 8 }],
  ])("%s to %o", (response, options, params) => {
    expect(check(response, options)).toEqual(agreed(params));
  });

  it.each([
    ["an extension that was not offered", "x-other"],
    ["one beside it", "permessage-deflate, x-other"],
  ])("EXTENSION_UNREQUESTED for %s", (_, response) => {
    expect(check(response)).toBe("EXTENSION_UNREQUESTED");
  });

  it("EXTENSION_UNREQUESTED when nothing was offered", () => {
    expect(checkDeflate(parsed("permessage-deflate"), undefined)).toBe("EXTENSION_UNREQUESTED");
  });

  it.each<[string, string, CompressionOptions]>([
    ["it comes twice", "permessage-deflate, permessage-deflate", {}],
    ["a parameter is unknown", "permessage-deflate; x", {}],
    ["a parameter comes twice", "permessage-deflate; client_no_context_takeover; client_no_context_takeover", {}],
    ["a takeover has a value", "permessage-deflate; server_no_context_takeover=1", {}],
    ["the client's window has no value", "permessage-deflate; client_max_window_bits", {}],
    ["the server's window has no value", "permessage-deflate; server_max_window_bits", {}],
    ["a window is too small", "permessage-deflate; client_max_window_bits=7", {}],
    ["the server takes over what it must not", "permessage-deflate", { serverNoContextTakeover: true }],
    ["the server's window is over the offer", "permessage-deflate; server_max_window_bits=11", { windowBits: 10 }],
    ["the server's window is unlimited", "permessage-deflate", { windowBits: 10 }],
    [
      "the client's window is over the offer",
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
      { windowBits: 10 },
    ],
  ])("EXTENSION_PARAMS_BAD when %s: %s", (_, response, options) => {
    expect(check(response, options)).toBe("EXTENSION_PARAMS_BAD");
  });
});

describe("any options of ours on both sides", () => {
  const options = fc.record({
    windowBits: fc.integer({ min: 9, max: 15 }),
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
  });

  it("come to the same agreement about the client, and the server keeps to what the client expects of it", () => {
    fc.assert(
      fc.property(options, options, (server, client) => {
        const { params, response } = acceptDeflate(parsed(offerDeflate(ours(client))), ours(server))!;
        const seen = checkDeflate(parsed(response), ours(client)) as DeflateParams;
        expect([seen.clientNoContextTakeover, seen.clientMaxWindowBits]).toEqual([
          params.clientNoContextTakeover,
          params.clientMaxWindowBits,
        ]);
        expect(seen.serverMaxWindowBits).toBeGreaterThanOrEqual(params.serverMaxWindowBits);
        if (seen.serverNoContextTakeover) expect(params.serverNoContextTakeover).toBe(true);
      }),
    );
  });
});

describe("a connection's two directions", () => {
  /** What a role asks of zlib. */
  function asked(role: "server" | "client", params: DeflateParams) {
    const calls: (DeflateOptions | InflateOptions)[] = [];
    const note = (options: DeflateOptions | InflateOptions) => {
      calls.push(options);
      return { deflate() {}, inflate() {}, forget() {}, close() {} };
    };
    const extension = new PermessageDeflate(role, params, ours({ level: 3, memLevel: 5 }), {
      deflate: note,
      inflate: note,
    });
    return { calls, extension };
  }

  const params = agreed({ serverMaxWindowBits: 10, clientMaxWindowBits: 8, serverNoContextTakeover: true });
  const server = { windowBits: 10, takeover: false };
  const client = { windowBits: 8, takeover: true };

  it("the server deflates as agreed for it, and inflates as agreed for the client", () => {
    expect(asked("server", params).calls).toEqual([{ ...server, level: 3, memLevel: 5 }, client]);
  });

  it("the client does the opposite", () => {
    expect(asked("client", params).calls).toEqual([{ ...client, level: 3, memLevel: 5 }, server]);
  });

  it("a window of 8 is not compressed for", () => {
    expect(asked("client", params).extension.encodes(100_000)).toBe(false);
    expect(asked("server", params).extension.encodes(100_000)).toBe(true);
  });

  it.each([
    [0, false],
    [1023, false],
    [1024, true],
  ])("%i bytes against the default threshold: %s", (length, encodes) => {
    expect(asked("server", agreed()).extension.encodes(length)).toBe(encodes);
  });

  it("frees both when it is closed", () => {
    const freed: string[] = [];
    const zlib: Zlib = {
      deflate: () => ({ deflate() {}, forget() {}, close: () => void freed.push("deflate") }),
      inflate: () => ({ inflate() {}, close: () => void freed.push("inflate") }),
    };
    new PermessageDeflate("server", agreed(), ours(), zlib).close();
    expect(freed).toEqual(["deflate", "inflate"]);
  });

  it("takes 00 00 ff ff from the end of what it sends, and of what a peer forgot to take it from", () => {
    const seen: Uint8Array[] = [];
    const zlib = {
      deflate: () => ({
        deflate: (_: Uint8Array, done: (result: Uint8Array) => void) => done(bytes("2a 00 00 00 ff ff")),
        forget() {},
        close() {},
      }),
      inflate: () => ({ inflate: (payload: Uint8Array) => void seen.push(payload), close() {} }),
    };
    const extension = new PermessageDeflate("server", agreed(), ours(), zlib);
    extension.encode(bytes("61"), (payload) => seen.push(payload!));
    for (const payload of ["2a 00", "2a 00 00 00 ff ff"]) extension.decode(bytes(payload), 100, () => {});
    expect(seen).toEqual([bytes("2a 00"), bytes("2a 00"), bytes("2a 00")]);
  });
});
