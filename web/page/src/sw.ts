// The service worker keeps the whole site, so that the page works offline after its first visit. It asks only its own
// origin. What makes the site writes one line before this script, which gives the list of its files and a hash of what
// they hold: with another hash the browser sees another script, and the site is fetched anew.
interface Site { version: string; files: string[] }
interface WaitEvent extends Event { waitUntil(p: Promise<unknown>): void }
interface AskEvent extends WaitEvent { request: Request; respondWith(r: Promise<Response>): void }
interface WorkerScope {
  BPFC_SITE?: Site;
  location: Location;
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", f: (e: WaitEvent) => void): void;
  addEventListener(type: "fetch", f: (e: AskEvent) => void): void;
}
const scope = self as unknown as WorkerScope;
const site = scope.BPFC_SITE ?? { version: "none", files: [] };
// Several copies of the page may be on one origin, each with a folder of its own.
const prefix = `bpfc ${scope.registration.scope} `;
const name = prefix + site.version;

async function install(): Promise<void> {
  const cache = await caches.open(name);
  await cache.addAll(site.files.map((f) => new Request(f, { cache: "no-cache" })));
  await scope.skipWaiting();
}

async function activate(): Promise<void> {
  for (const old of await caches.keys()) {
    if (old.startsWith(prefix) && old !== name) await caches.delete(old);
  }
  await scope.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}

scope.addEventListener("install", (e) => e.waitUntil(install()));
scope.addEventListener("activate", (e) => e.waitUntil(activate()));
scope.addEventListener("fetch", (e) => {
  const own = new URL(e.request.url).origin === scope.location.origin;
  if (own && e.request.method === "GET") e.respondWith(answer(e.request));
});
