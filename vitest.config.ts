import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const conditions = ["onesocket-source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 40_000,
    // Every file starts real servers and runtimes: two cores want two files at a time.
    maxWorkers: 2,
  },
});
