export { type ClosureOptions, upgradeWebSocket } from "./closure.ts";
export { type UpgradeResponse, upgrade } from "./upgrade.ts";
