import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { consult, type Patient, patient } from "./lab.ts";
import { SICK } from "./sicknesses.ts";

let patients: readonly Patient[];
let reports: readonly DoctorReport[];

beforeAll(async () => {
  patients = await Promise.all(SICK.map(([, , habit]) => patient(habit)));
  reports = await Promise.all(SICK.map(([, , , ...args], index) => consult(`ws://${patients[index]!.host}`, ...args)));
});

afterAll(() => Promise.all(patients.map((one) => one.stop())));

describe("a server", () => {
  it.each(SICK.map(([code, what], index) => ({ code, what, index })))("that $what has $code", ({ code, index }) => {
    const report = reports[index]!;
    expect(report).toMatchObject({ ok: false, code });
    expect(report.connections).toBeLessThanOrEqual(20);
  });
});
