// Streets taken away in a plan: pressed on the map, or chosen from the list of those in view.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { metres, t } from "./i18n.js";
import { hint } from "./planner_parts.js";

const FROM_ZOOM = 15, MOST = 1000;
const LINE = { color: "#5b2a86", weight: 4, opacity: 0.55, lineCap: "butt" };
const CHOSEN = { ...LINE, weight: 8, opacity: 0.9 };
const GONE = { color: "#a32218", weight: 5, opacity: 1, dashArray: "2 7" };
const HIT = { weight: 16, opacity: 0, lineCap: "butt" };
const known = new Map();

const lineOf = (one) => one.geometry.coordinates.map(([lon, lat]) => [lat, lon]);
const kept = (features) => features.forEach((one) => known.set(one.id, one)) ?? features;

/** A street that was read: name, length and code. */
export function streetText(code) {
  const one = known.get(code)?.properties;
  return one ? t("street.named", { name: one.name || t("street.unnamed"), length: metres(one.length_m), code }) : code;
}

/** Read the streets of these codes that are not known yet; whether any was. */
export async function learnStreets(codes) {
  const missing = codes.filter((code) => !known.has(code));
  if (!missing.length) return false;
  missing.forEach((code) => known.set(code, null)); // asked for once, also where it is gone
  kept((await ask(`/api/v1/streets${query({ code: missing.join(",") })}`)).features);
  return true;
}

/** The line of a street taken away, with a place for its number; null where it is not known. */
export function goneLine(code, layer) {
  const one = known.get(code);
  if (!one) return null;
  L.polyline(lineOf(one), { ...GONE, interactive: false }).addTo(layer);
  return one.geometry.coordinates[Math.floor(one.geometry.coordinates.length / 2)];
}

/** The streets in view as lines to press, and as a list for who presses none. */
class Streets {
  constructor(room, draft) {
    Object.assign(this, { room, draft, lines: new Map() });
    this.layer = L.layerGroup().addTo(room.map);
    this.list = el("select", { name: "code", required: true, onchange: () => this.mark() });
    this.told = hint("", { id: "streets-told", role: "status" });
  }

  gone(code) {
    return this.draft.edits.some((one) => one.kind === "remove_street" && one.code === code);
  }

  async load() {
    const { map } = this.room, box = map.getBounds();
    if (map.getZoom() < FROM_ZOOM) return this.show([], t("plan.street_zoom"));
    const sides = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((one) => one.toFixed(6));
    const features = kept((await ask(`/api/v1/streets${query({ bbox: sides })}`)).features);
    return this.show(features, features.length >= MOST ? t("plan.street_many") : "");
  }

  show(features, said) {
    const chosen = this.list.value;
    this.told.textContent = said;
    this.told.hidden = !said;
    const left = features.filter((one) => !this.gone(one.id)).map((one) => [one.id, streetText(one.id)]).sort((a, b) => a[1].localeCompare(b[1], "zh"));
    this.list.replaceChildren(...left.map(([code, text]) => el("option", { value: code, selected: code === chosen }, text)));
    this.layer.clearLayers();
    this.lines.clear();
    for (const [code, text] of left) {
      const places = lineOf(known.get(code));
      this.lines.set(code, L.polyline(places, { ...LINE, interactive: false }).addTo(this.layer));
      L.polyline(places, { ...HIT, className: "street-to-remove" }).bindTooltip(text, { sticky: true }).on("click", (event) => {
        L.DomEvent.stop(event);
        this.take(code);
      }).addTo(this.layer);
    }
    this.mark();
  }

  mark() {
    for (const [code, line] of this.lines) line.setStyle(code === this.list.value && document.activeElement === this.list ? CHOSEN : LINE);
  }

  take(code) {
    if (this.gone(code)) return;
    this.draft.add({ kind: "remove_street", code });
    this.room.say(t("plan.street_removed", { what: streetText(code) }));
    this.show([...this.lines.keys()].map((one) => known.get(one)), "");
  }

  leave() {
    this.layer.remove();
  }
}

/** The tool: it stays open, so that one street after another can be taken away. */
export function removeStreet(room, draft) {
  const streets = new Streets(room, draft);
  const made = el("form", { class: "tool" },
    el("div", { class: "line" }, el("button", { type: "button", class: "grow", "data-pick": "street", onclick: () => (room.uncoverMap(), room.say(t("pick.street"))) }, t("pick.map"))),
    field(t("plan.street"), streets.list, t("plan.street_hint")), streets.told, problemLine(),
    el("button", { type: "submit", class: "primary wide" }, t("plan.add")));
  const again = () => streets.load().catch(room.failed);
  streets.list.addEventListener("focus", () => streets.mark());
  streets.list.addEventListener("blur", () => streets.mark());
  room.map.on("moveend", again);
  made.leave = () => (streets.leave(), room.map.off("moveend", again));
  again();
  return onSubmit(made, async (values) => streets.take(values.code));
}
