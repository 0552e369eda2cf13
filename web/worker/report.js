// Service worker of /report alone: the page and what it needs open again without network. VERSION and ASSETS are
// put before this text by the server. Answers of the API and map tiles are never kept, never answered from here.
"use strict";

const CACHE = `wangge-report-${VERSION}`, PAGE = "/report", WAIT_MS = 5000;
const fromCache = new Set(); // windows whose page came from the cache take their assets from it too, so that no page mixes versions

async function keepPage(response) {
  if (!response.ok || !(await response.clone().text()).includes(`data-shell="${VERSION}"`)) return;
  await (await caches.open(CACHE)).put(PAGE, response);
}

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(ASSETS.map((address) => new Request(address, { cache: "reload" })));
  await keepPage(await fetch(PAGE, { cache: "reload", credentials: "same-origin" }));
  await self.skipWaiting();
}

async function dropOldVersions() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("wangge-report-") && name !== CACHE).map((name) => caches.delete(name)));
}

/** The server's page; the kept one when the server is away, ill or slow. */
async function page(event) {
  const kept = await (await caches.open(CACHE)).match(PAGE);
  const asked = fetch(event.request).then((response) => {
    event.waitUntil(keepPage(response.clone()));
    return response;
  });
  if (!kept) return asked;
  const late = new Promise((done) => setTimeout(done, WAIT_MS, null));
  const response = await Promise.race([asked, late]).catch(() => null);
  asked.catch(() => {});
  if (response && response.status < 500) return response;
  fromCache.add(event.resultingClientId);
  return kept;
}

async function asset(event) {
  const cache = await caches.open(CACHE), address = new URL(event.request.url).pathname;
  if (fromCache.has(event.clientId)) return (await cache.match(address)) ?? fetch(event.request);
  try {
    return await fetch(event.request);
  } catch (error) {
    const kept = await cache.match(address);
    if (!kept) throw error;
    return kept;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldVersions()));
self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(event));
  else if (ASSETS.includes(pathname)) event.respondWith(asset(event));
});
