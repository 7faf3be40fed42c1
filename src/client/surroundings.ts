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
  addEventListener("online", back, over);
  addEventListener("offline", gone, over);
  // These two come up from the document; a policy's are a worker's own, too.
  addEventListener("visibilitychange", () => globalThis.document.hidden || back(), over);
  const blocked = ({ blockedURI }: Event & { blockedURI?: string }): void => forbidden(URL.parse(blockedURI!)?.origin);
  addEventListener("securitypolicyviolation", blocked, over);
}
