/** What `ask` says of each, in their order: of so many at a time. */
export async function each<Item>(
  items: readonly Item[],
  atOnce: number,
  ask: (item: Item) => Promise<string>,
): Promise<string[]> {
  const said: string[] = [];
  const left = [...items.entries()];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) said[next[0]] = await ask(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return said;
}
