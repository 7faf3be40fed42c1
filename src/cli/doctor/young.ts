/** A connection that ends sooner than this after the 101, in milliseconds, was never meant to be open. */
export const YOUNG_MS = 1000;
