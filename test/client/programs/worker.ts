import { scenario } from "./scenario.ts";

/** For workerd: the places are the body, what came is the answer. */
export default {
  fetch: async (request: Request): Promise<Response> => Response.json(await scenario(await request.json())),
};
