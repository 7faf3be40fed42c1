/**
 * Listens where there is a page or a web worker, until `over` aborts; elsewhere there is nothing to hear. `back`: the network is there
 * again, or the page is looked at. `gone`: the network is said to have gone. `forbidden`: the page's Content-Security-Policy forbids
 * connections to this origin.
 */
export function listen(
  over: AbortController,
  back: () => void,
  gone: () => void,
  forbidden: (origin: string | undefined) => void,
): void {
  if (!("onLine" in navigator)) return;
  const page = globalThis.document;
  addEventListener("online", back, over);
  addEventListener("offline", gone, over);
  page?.addEventListener("visibilitychange", () => page.hidden || back(), over);
  // It comes from the document, or is a worker's own.
  addEventListener("securitypolicyviolation", (event) => forbidden(URL.parse(event.blockedURI)?.origin), over);
}
