import { z } from "zod";

/** What clients say to every server that is called. */
export const said: z.ZodType<{ text: string }> = z.object({ text: z.string() });
