import { RUNTIMES, type RuntimeName } from "./runtime.ts";

/** When the values below were measured, and on what. */
export const MEASURED = {
  date: "2026-11",
  versions: {
    node: "Node 24.21.0",
    bun: "Bun 1.4.5",
    deno: "Deno 2.9.6",
    workers: "workerd 1.20261023.1",
    durable: "workerd 1.20261023.1",
  },
} as const satisfies { date: string; versions: Record<RuntimeName, string> };

/** What one runtime does, and why it is not what the others do. */
interface Ability<Value> {
  readonly value: Value;
  /** The reason; absent where the contract is kept as it stands. */
  readonly because?: string;
  readonly link?: string;
}

type Row<Value> = { readonly about: string } & { readonly [Runtime in RuntimeName]: Ability<Value> };

type Refusals = readonly (readonly [fault: string, status: number])[];

/** The rows' keys and the values that tests switch on. */
interface Values {
  nativeRefusals: Refusals;
  hostMissing: "ours" | "native";
  upgradeHeaderOn426: boolean;
  httpVersion: "visible" | "hidden";
  upgradeLists: boolean;
  clientAddress: "peer" | "CF-Connecting-IP";
  earlyFrames: "kept" | "kept without bound" | "refused";
  readingPauses: "at once" | "too late" | "never";
  invalidUtf8: "1007" | "replaced";
  unmaskedFrames: "refused" | "accepted";
  terminate: "cuts" | "closes";
  terminateCode: number;
  bufferedAmount: "known" | "unknown";
  forgetting: "at once" | "on eviction";
  mapping: "none" | "needed";
}

const same = <Value>(value: Value) => ({
  node: { value },
  bun: { value },
  deno: { value },
  workers: { value },
  durable: { value },
});

/** Every difference that a runtime forces. The contract's tests read it, and assert each value. */
export const CAPABILITIES: { readonly [Key in keyof Values]: Row<Values[Key]> } = {
  nativeRefusals: {
    about: "Bad handshakes that the runtime answers by itself, before our code",
    ...same<Refusals>([]),
  },
  hostMissing: { about: "Who answers a request without Host", ...same<"ours" | "native">("ours") },
  upgradeHeaderOn426: { about: "A 426 names websocket in its Upgrade header", ...same(true) },
  httpVersion: {
    about: "HTTP version of the request, which `strict` looks at",
    ...same<"visible" | "hidden">("hidden"),
    node: { value: "visible" },
  },
  upgradeLists: { about: "`Upgrade: h2c, websocket` opens a socket", ...same(true) },
  clientAddress: {
    about: "Where `remoteAddress` comes from",
    ...same<"peer" | "CF-Connecting-IP">("peer"),
    workers: { value: "CF-Connecting-IP" },
    durable: { value: "CF-Connecting-IP" },
  },
  earlyFrames: {
    about: "Frames that arrive while an async `upgrade` waits",
    ...same<Values["earlyFrames"]>("kept"),
    bun: { value: "refused" },
    deno: { value: "kept without bound" },
  },
  readingPauses: {
    about: "Reading stops while a handler is slow",
    ...same<Values["readingPauses"]>("never"),
    node: { value: "at once" },
    bun: { value: "too late" },
  },
  invalidUtf8: {
    about: "Text that is not UTF-8",
    ...same<Values["invalidUtf8"]>("1007"),
    workers: { value: "replaced" },
    durable: { value: "replaced" },
  },
  unmaskedFrames: {
    about: "Frames from a client that are not masked",
    ...same<Values["unmaskedFrames"]>("refused"),
    workers: { value: "accepted" },
    durable: { value: "accepted" },
  },
  terminate: { about: "`terminate()`", ...same<Values["terminate"]>("cuts") },
  terminateCode: { about: "What the client of a `terminate()` sees", ...same(1006) },
  bufferedAmount: {
    about: "`bufferedAmount`",
    ...same<Values["bufferedAmount"]>("known"),
    workers: { value: "unknown" },
    durable: { value: "unknown" },
  },
  forgetting: {
    about: "When an empty room leaves memory",
    ...same<Values["forgetting"]>("at once"),
    durable: { value: "on eviction" },
  },
  mapping: {
    about: "Definitions must be mapped to where their rooms live",
    ...same<Values["mapping"]>("none"),
    workers: { value: "needed" },
    durable: { value: "needed" },
  },
};

/** Looks up what a runtime does. */
export function capability(runtime: RuntimeName): <Key extends keyof Values>(key: Key) => Values[Key] {
  return (key) => CAPABILITIES[key][runtime].value;
}

export function capabilityTable(): string {
  return RUNTIMES.join();
}
