// Reports wait in IndexedDB until the server acknowledged them: they survive a reload, a dead battery, a dead server.
// The report's UUID is the server's key, so sending twice stores once.
import { ApiError, ask, reason } from "./api.js";

const NAME = "wangge", STORE = "outbox", FIRST_S = 2, LONGEST_S = 300;
const BOTH = { "Accept-Language": "zh-CN" }; // a refusal is kept in both languages; English always comes along
const LATER = new Set([408, 425, 429]), NAMELESS = new Set([401, 403]);
let database = null;

function open() {
  database ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  return database;
}

async function run(mode, work) {
  const transaction = (await open()).transaction(STORE, mode, { durability: "strict" });
  const request = work(transaction.objectStore(STORE));
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done(request?.result);
    transaction.onabort = transaction.onerror = () => fail(transaction.error);
  });
}

export const all = () => run("readonly", (store) => store.getAll());
export const put = (item) => run("readwrite", (store) => store.put(item));
export const remove = (id) => run("readwrite", (store) => store.delete(id));

/** Keep a report; it is safe when this returns. `photos`: [{blob, sha256}]. The one it replaces goes in the same step. */
export async function keep(body, photos, replaced = null) {
  const item = { id: body.id, body, photos, state: "waiting", tries: 0, due: 0, created: Date.now(), reason: "", receipt: null };
  await run("readwrite", (store) => {
    const request = store.put(item);
    if (replaced) store.delete(replaced);
    return request;
  });
  navigator.storage?.persist?.().catch(() => {});
}

/** Seconds to wait after so many tries: doubling, with jitter, five minutes at most. */
export const backoff = (tries, chance = Math.random()) => Math.min(LONGEST_S, FIRST_S * 2 ** Math.min(tries, 10)) * (0.7 + 0.6 * chance);

/** Send in the reporter's session; where that has ended or is held up, without one: no report waits for a log-in. */
async function post(path, options) {
  try {
    return await ask(path, options);
  } catch (error) {
    if (!(error instanceof ApiError) || !NAMELESS.has(error.status)) throw error;
    return ask(path, { ...options, credentials: "omit" });
  }
}

async function deliver(item) {
  if (!item.receipt) {
    item.receipt = await post("/api/v1/reports", { method: "POST", headers: { "Content-Type": "application/json", ...BOTH }, body: JSON.stringify(item.body) });
    item.state = "photos";
    await put(item);
  }
  while (item.photos.length) {
    const [photo] = item.photos;
    await post(`/api/v1/attachments/${photo.sha256}`, { method: "PUT", headers: { "Content-Type": photo.blob.type, ...BOTH }, body: photo.blob });
    item.photos = item.photos.slice(1);
    await put(item);
  }
  item.state = "sent";
  item.reason = "";
  await put(item);
}

const isFinal = (error) => error instanceof ApiError && error.status >= 400 && error.status < 500 && !LATER.has(error.status);

async function attempt(item) {
  try {
    await deliver(item);
  } catch (error) {
    item.reason = error instanceof ApiError ? error.both : reason(error);
    item.tries += 1;
    if (isFinal(error)) item.state = "refused"; // parked with its reason; the others go on
    else item.due = Date.now() + 1000 * Math.max(backoff(item.tries), error.retryAfter ?? 0);
    await put(item);
  }
}

/** Sends what is due, one after another, in one tab at a time; `onChange(items)` after every step. */
export class Sender {
  constructor(onChange) {
    this.onChange = onChange;
    this.busy = false;
    this.timer = 0;
    const now = () => this.flush(true);
    window.addEventListener("online", now);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush(true));
  }

  async flush(atOnce = false) {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      if (navigator.locks) await navigator.locks.request("wangge-outbox", () => this.round(atOnce));
      else await this.round(atOnce);
    } finally {
      this.busy = false;
      await this.schedule();
    }
  }

  async round(atOnce) {
    const items = (await all()).filter((item) => item.state === "waiting" || item.state === "photos").sort((a, b) => a.created - b.created);
    for (const item of items) {
      if (!atOnce && item.due > Date.now()) continue;
      await attempt(item);
      this.onChange(await all());
    }
  }

  async schedule() {
    const items = await all();
    this.onChange(items);
    const due = items.filter((item) => item.state === "waiting" || item.state === "photos").map((item) => item.due);
    if (due.length) this.timer = setTimeout(() => this.flush(), Math.max(500, Math.min(...due) - Date.now()));
  }

  /** Try a parked report again: the same UUID, so it cannot double. */
  async retry(id) {
    const item = (await all()).find((one) => one.id === id);
    if (!item) return;
    await put({ ...item, state: item.receipt ? "photos" : "waiting", due: 0, tries: 0, reason: "" });
    await this.flush(true);
  }
}
