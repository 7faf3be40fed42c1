const gates = new Map<string, PromiseWithResolvers<void>>();
const journal = new Map<string, string[]>();

function named(name: string): PromiseWithResolvers<void> {
  const gate = gates.get(name) ?? Promise.withResolvers<void>();
  gates.set(name, gate);
  return gate;
}

/** Resolves when the gate is opened, which a test decides. */
export function gate(name: string): Promise<void> {
  return named(name).promise;
}

export function openGate(name: string): void {
  named(name).resolve();
}

/** Notes what happened where no room could be told of it. */
export function record(name: string, event: string): void {
  journal.set(name, [...(journal.get(name) ?? []), event]);
}

/** What was noted under a name, in order. */
export function records(name: string): readonly string[] {
  return journal.get(name) ?? [];
}
