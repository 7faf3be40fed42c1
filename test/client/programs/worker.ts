import { causes } from "./causes.ts";
import { scenario } from "./scenario.ts";

/** For workerd: the places of the scenario, or the causes to ask for, are the body; what came is the answer. */
export default {
  async fetch(request: Request): Promise<Response> {
    const given = await request.json();
    return Response.json(await (Array.isArray(given) ? causes(given) : scenario(given as never)));
  },
};
