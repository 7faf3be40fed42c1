import type { Context } from "hono";
import { routePath } from "hono/route";

/** What another copy of Hono tells its route by: deprecated, and the one way that depends on no copy. */
type OwnRoute = { readonly routePath?: unknown };

/**
 * The pattern of the route that runs, or "". It is for observers, so it never throws: a context of another copy of Hono, as that of
 * `require("hono")` or of a second version, keeps its routes where `hono/route` of this one finds none (hono 4.13.19, 2026-11).
 */
export function routeOf(c: Context): string {
  try {
    return routePath(c);
  } catch {
    return ownRouteOf(c.req as OwnRoute);
  }
}

function ownRouteOf(request: OwnRoute): string {
  try {
    return typeof request.routePath === "string" ? request.routePath : "";
  } catch {
    return "";
  }
}
