// The list beside the map: the same events as in view, newest first, reachable by keyboard.
import { byId, el } from "./dom.js";
import { categoryOf, moment, number, t } from "./i18n.js";
import { eventMark } from "./symbols.js";

const STEP = 40;

/** Keeps the list in step with the map; `onPick(feature)` opens, `onFocus(id)` rings a mark. */
export class EventList {
  constructor({ map, onPick, onFocus }) {
    Object.assign(this, { map, onPick, onFocus, features: [], shown: STEP, current: null });
    byId("more").addEventListener("click", () => {
      this.shown += STEP;
      this.write();
    });
    map.on("moveend", () => this.refresh());
  }

  set(features) {
    this.features = [...features].sort((a, b) => (a.properties.opened_at < b.properties.opened_at ? 1 : -1));
    this.refresh();
  }

  refresh() {
    const box = this.map.getBounds();
    this.inView = this.features.filter(({ geometry }) => box.contains([geometry.coordinates[1], geometry.coordinates[0]]));
    this.shown = STEP;
    this.write();
  }

  mark(id) {
    this.current = id;
    for (const button of byId("events").querySelectorAll("button")) button.setAttribute("aria-current", String(button.dataset.id === id));
  }

  row(feature) {
    const { number: name, status, urgency, opened_at: at } = feature.properties;
    const urgent = urgency === "normal" ? null : ` · ${t(`urgency.${urgency}`)}`;
    return el("li", {}, el("button", {
      type: "button", "data-id": feature.id, "aria-current": String(feature.id === this.current),
      onclick: () => this.onPick(feature), onfocus: () => this.onFocus(feature.id), onmouseenter: () => this.onFocus(feature.id),
    }, eventMark(status, urgency), el("span", { class: "body" },
      el("strong", {}, categoryOf(feature.properties)),
      el("small", {}, t(`status.${status}`), urgent, " · ", moment(at)),
      el("small", { class: "num" }, name))));
  }

  write() {
    byId("list-count").textContent = t("map.in_view", { n: number(this.inView.length) });
    const rows = this.inView.slice(0, this.shown).map((feature) => this.row(feature));
    // Who stands on a row by keyboard keeps standing there when the list is written anew.
    const list = byId("events"), held = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    list.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, t("map.none_in_view"))]));
    if (held) [...list.querySelectorAll("button")].find((button) => button.dataset.id === held)?.focus({ preventScroll: true });
    byId("more").hidden = this.inView.length <= this.shown;
  }
}
