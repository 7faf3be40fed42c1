/** What one thing takes, in microseconds of CPU time, while its process is busy for this share of a core. */
export interface Point {
  readonly us: number;
  readonly busy: number;
}

/**
 * What one thing costs where few of them come, and where many do: a process that is busy sleeps less, and is woken by many things
 * at once. So CPU time is not proportional to messages.
 */
export interface Cost {
  readonly few: Point;
  readonly many: Point;
}

/** Microseconds of one, while its process is so busy. Past what was measured it gets no cheaper. */
export function usAt({ few, many }: Cost, busy: number): number {
  const part = (busy - few.busy) / Math.max(many.busy - few.busy, 1e-6);
  return few.us + (many.us - few.us) * Math.min(1, Math.max(0, part));
}

/** How often in a second something of this cost comes. */
export interface Stream {
  readonly perSecond: number;
  readonly cost: Cost;
}

/** The share of a core that all of this keeps busy; `us`: what goes on besides, in microseconds a second. More than 1 is too much. */
export function share(streams: readonly Stream[], us: number): number {
  const at = (busy: number) =>
    streams.reduce((sum, { perSecond, cost }) => sum + perSecond * usAt(cost, busy), us) / 1e6;
  if (at(1) >= 1) return at(1);
  // The busier, the cheaper each: there is one share that makes itself.
  let [least, most] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (least + most) / 2;
    if (at(middle) > middle) least = middle;
    else most = middle;
  }
  return most;
}
