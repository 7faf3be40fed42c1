import { describeNeeding } from "./needs.ts";

export * from "./engines/nats.ts";

/** Tests that need nats-server. */
export function describeOnNats(what: string, tests: () => void): void {
  describeNeeding({ command: "nats-server", debianPackage: "nats-server" }, what, tests);
}
