// What every map of ours carries: north arrow, scale, names, and the mark of an invented sample.
import { el, svg, byId } from "./dom.js";
import { lang, t } from "./i18n.js";
import { addLabels } from "./labels.js";

function north() {
  const control = L.control({ position: "topright" });
  control.onAdd = () => el("div", { class: "north", role: "img", "aria-label": t("map.north"), title: t("map.north") },
    svg("svg", { width: 22, height: 24, viewBox: "0 0 22 24", "aria-hidden": "true" },
      svg("path", { d: "M11 1l7 20-7-5z", fill: "#1a2633" }), svg("path", { d: "M11 1L4 21l7-5z", fill: "#fff", stroke: "#1a2633" })),
    t("map.north_letter"));
  return control;
}

// The operator's tiles lie under everything of ours; whoever finds them too lively switches them off.
function groundSwitch(map, ground) {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const box = el("input", { type: "checkbox", id: "ground", checked: true, onchange: () => (box.checked ? ground.addTo(map) : ground.remove()) });
    const label = el("label", { class: "ground" }, box, el("span", {}, t("map.ground")));
    L.DomEvent.disableClickPropagation(label);
    return label;
  };
  control.addTo(map);
}

/** North arrow, attribution without a flag, labels, watermark; `config` is the page's, `ground` the operator's tiles. */
export function furnish(map, config, ground) {
  map.attributionControl.setPrefix("Leaflet").addAttribution([t("map.attribution"), config.area.is_sample ? t("app.sample") : ""].filter(Boolean).join(lang === "en" ? ", " : "，"));
  for (const [selector, key] of [[".leaflet-control-zoom-in", "map.zoom_in"], [".leaflet-control-zoom-out", "map.zoom_out"]]) {
    const button = map.getContainer().querySelector(selector);
    if (!button) continue;
    button.title = t(key);
    button.setAttribute("aria-label", t(key));
  }
  north().addTo(map);
  if (ground) groundSwitch(map, ground);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  addLabels(map);
  if (config.area.is_sample) {
    map.getContainer().append(el("div", { class: "watermark", id: "watermark", "aria-hidden": "true" }));
  }
}

const DOCKED = 860; // narrower pages have the legend in a sheet of its own

/** Whether a box of the page lies over an area of the map, bbox (left, bottom, right, top) in degrees. */
function covers(map, box, [left, bottom, right, top]) {
  const from = map.latLngToContainerPoint([top, left]), to = map.latLngToContainerPoint([bottom, right]);
  const stage = map.getContainer().getBoundingClientRect(), over = box.getBoundingClientRect();
  return over.left - stage.left < to.x && over.right - stage.left > from.x && over.top - stage.top < to.y && over.bottom - stage.top > from.y;
}

/** A legend in the corner; `build` returns its children. It begins closed where it would lie over the area. */
export function addLegend(map, bbox, build) {
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const box = el("details", { class: "legend", id: "legend", open: true }, el("summary", {}, t("map.legend")), build());
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  control.addTo(map);
  const box = control.getContainer();
  if (innerWidth > DOCKED) box.open = !covers(map, box, bbox);
}

/** A short message over the map; none hides it. */
export function notice(text) {
  const box = byId("notice");
  box.textContent = text || "";
  box.hidden = !text;
}

/** The sheets of a phone: buttons in the dock open one at a time. */
export function dock(onOpen = () => {}) {
  const stage = document.querySelector(".stage");
  const buttons = [...document.querySelectorAll(".dock button")];
  const set = (name) => {
    for (const button of buttons) {
      const open = button.dataset.open === name;
      button.setAttribute("aria-expanded", String(open));
      if (button.dataset.open === "legend") stage.classList.toggle("legend-open", open);
      else byId(button.dataset.open).classList.toggle("open", open);
    }
    if (name) onOpen(name);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") === "true" ? null : button.dataset.open));
  }
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => set(null));
  document.addEventListener("keydown", (event) => event.key === "Escape" && set(null));
  set(null);
  return set;
}
