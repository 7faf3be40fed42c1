import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const conditions = ["onesocket-source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ["test/core/**/*.test.ts"], maxWorkers: 1 },
});
