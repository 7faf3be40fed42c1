import { spawn } from "node:child_process";
import { join } from "node:path";

// The chat on Cloudflare's own runtime: `npm run dev`. What follows is for wrangler, such as `-- --port 3000`.

const ROOT = join(import.meta.dirname, "..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** The library from its sources, and nothing sent anywhere. */
const env = {
  ...process.env,
  WRANGLER_BUILD_CONDITIONS: "onesocket-source,workerd,worker,browser",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  X_LOCAL_OBSERVABILITY: "false",
};

const args = [WRANGLER, "dev", "--var", "ADMIN_TOKEN:dev", ...process.argv.slice(2)];
const wrangler = spawn(process.execPath, args, { cwd: ROOT, env, stdio: "inherit" });
wrangler.once("exit", (code) => process.exit(code ?? 1));
// A terminal tells both; who ends this program alone ends wrangler with it.
process.on("SIGINT", () => {}).once("SIGTERM", () => wrangler.kill());
