/** Makes what runs async work, so many pieces at a time: the others wait, and begin in the order of the calls. */
export function atMost(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever is next has this one's place.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
