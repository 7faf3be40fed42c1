import process from "node:process";
import { diagnose } from "./diagnose.ts";
import { DOCTOR_USAGE, doctorOptions } from "./options.ts";
import { printed } from "./print.ts";
import { terminalProgress } from "./progress.ts";

/** `onesocket doctor <url>`. Resolves with the exit code: 0 healthy, 1 a failure. Throws a Complaint for wrong usage. */
export async function doctor(args: readonly string[]): Promise<number> {
  const command = doctorOptions(args);
  if (!command) {
    process.stdout.write(DOCTOR_USAGE);
    return 0;
  }
  const { tell, end } = terminalProgress();
  const report = await diagnose(command.options, tell);
  end();
  process.stdout.write(command.json ? `${JSON.stringify(report, null, 2)}\n` : printed(report, colours()));
  return report.ok ? 0 : 1;
}

/** https://no-color.org */
function colours(): boolean {
  return process.stdout.isTTY && !process.env.NO_COLOR;
}
