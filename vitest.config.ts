import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/helpers/compile-cache.ts";

// Without "module", which Vite adds and Node has not: by it @opentelemetry/api 1.9.1 (2026-11) gives modules that import one another
// without an extension, which Node can't load.
const conditions = ["onesocket-source", ...defaultServerConditions.filter((name) => name !== "module")];

// What Node's sockets do where they cannot be read into one buffer: the same suites, on the other path.
const withoutSharedBuffer = `${import.meta.dirname}/test/helpers/data-events.ts`;

/** What takes long, or many programs of others: proxies, engines, clients, objects that sleep, all runtimes' reloads. For npm run test:real. */
const LONG = [
  "test/real/**/*.test.ts",
  "test/e2e/demo.test.ts",
  "test/clients/*.test.ts",
  "test/proxies/*.test.ts",
  // They listen too, and have five seconds for each handshake that nobody takes.
  "test/frameworks/{socket-io,vite,next,nitro,pages,cloudflare}.test.ts",
  "test/adapters/postgres/{pgbouncer,recovery}.test.ts",
  "test/adapters/redis/topology.test.ts",
  "test/adapters/nats/{broker,engine}.test.ts",
  // What sleeps between two messages is asked by npm test.
  "test/hibernation/{before,after,sharded,alarms,idle}.test.ts",
  "test/cli/dev/reload.test.ts",
  "test/cli/doctor/{hops,lines,nginx}.test.ts",
  "test/cli/explain/large.test.ts",
];

/**
 * What needs no process of its own, but a thread, as most of the core's tests: to start a process for each takes longer than many of them. Left out is what
 * starts programs, or replaces what all of a process have.
 */
const LIGHT = [
  "test/{core,testing,ws,otel}/**/!(negotiate|failures|why|web-socket).test.ts",
  "test/adapters/shared/**/!(console|failure-texts|middleware).test.ts",
  "test/client/!(browser|why).test.ts",
  "test/cli/explain/!(command|browser|source|large).test.ts",
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Tests start Node some thousand times.
    globalSetup: ["./test/helpers/compile-cache.ts"],
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
    projects: [
      // To run files by hand: each is in this one once. `npm test` has it in one of the two that follow.
      { extends: true, test: { name: "all", include: ["test/**/*.test.ts"], exclude: LONG } },
      { extends: true, test: { name: "processes", include: ["test/**/*.test.ts"], exclude: [...LONG, ...LIGHT] } },
      { extends: true, test: { name: "threads", include: LIGHT, pool: "threads" } },
      // These run programs of others, for minutes, on their own clocks: under CI what fails is run once more, and is told all the same.
      { extends: true, test: { name: "real", include: LONG, retry: process.env.CI ? 1 : 0 } },
      {
        extends: true,
        test: {
          name: "data events",
          include: ["test/{conformance,fuzz}/*.test.ts", "test/contract/node.test.ts"],
          setupFiles: [withoutSharedBuffer],
          env: { NODE_OPTIONS: `--import=${withoutSharedBuffer}` },
        },
      },
      // Bun's rooms without Bun's own publish.
      {
        extends: true,
        test: { name: "observed", include: ["test/contract/bun.test.ts"], env: { OBSERVED: "1" } },
      },
    ],
    reporters: ["default", "./test/helpers/untested.ts", "./test/helpers/retried.ts"],
    // None of these is what a test asserts: they end what hangs, and leave room to a machine that is busy.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    // Every file starts real servers and runtimes: two cores want two files at a time.
    maxWorkers: 2,
  },
});
