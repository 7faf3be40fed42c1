/** Ends with what is wrong with the options, and code 2. */
export function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
