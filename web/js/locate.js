// Where am I: the best fix is kept, its accuracy shown as a circle and in metres, every failure has its own words.
import { t } from "./i18n.js";

export const GOOD_M = 30, POOR_M = 100, WAIT_MS = 20000;

/** True when `next` is worth more than `best`: better accuracy, or the best is older than a minute. */
export const better = (best, next) => !best || next.accuracy_m <= best.accuracy_m || next.at - best.at > 60000;

/** Watches positions; `onFix(best)` and `onState(kind, text)` with kind good | poor | none. */
export class Locator {
  constructor({ onFix, onState }) {
    Object.assign(this, { onFix, onState, best: null, watch: null, timer: 0 });
  }

  start() {
    this.stop();
    this.best = null;
    if (!window.isSecureContext) return this.onState("none", t("fix.insecure"));
    if (!navigator.geolocation) return this.onState("none", t("fix.unsupported"));
    this.onState("", t("report.locating"));
    this.watch = navigator.geolocation.watchPosition((found) => this.take(found), (error) => this.fail(error), { enableHighAccuracy: true, timeout: 10000, maximumAge: 0 });
    this.timer = setTimeout(() => this.best || this.onState("none", t("fix.timeout")), WAIT_MS);
    return undefined;
  }

  stop() {
    clearTimeout(this.timer);
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
  }

  take({ coords, timestamp }) {
    const next = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: timestamp };
    if (!better(this.best, next)) return;
    this.best = next;
    this.onFix(next);
    const metres = Math.max(1, Math.round(next.accuracy_m));
    const kind = metres <= GOOD_M ? "good" : "poor";
    this.onState(kind, t(metres > POOR_M ? "fix.poor" : "fix.found", { n: metres }));
  }

  fail(error) {
    if (this.best) return; // an earlier fix is better than a later failure
    const key = { 1: "fix.denied", 2: "fix.none", 3: "fix.timeout" }[error.code] ?? "fix.none";
    this.onState("none", t(key));
    if (error.code === 1) this.stop();
  }
}
