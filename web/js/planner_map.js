// What the planner's map carries over its tiles: circles, the walked way, a ring around a building, and the legend.
import { el, svg } from "./dom.js";
import { t } from "./i18n.js";
import { changeMark } from "./planner_marks.js";
import { stationMark } from "./symbols.js";

// All circles are filled alike and the pane is faded as a whole: where they overlap they stay one calm area.
const OUTLINED = 20;
const FILL = { stroke: false, fillColor: "#2b78bd", fillOpacity: 1 };
const LINES = { color: "#1f5f99", weight: 4, opacity: 1, fill: false };

/** Layers of circles and of one building on a map. */
export class PlannerMap {
  constructor(map) {
    this.map = map;
    Object.assign(map.createPane("circles").style, { zIndex: 350, opacity: 0.17 });
    this.circles = L.geoJSON(null, { pane: "circles", interactive: false, style: (one) => (one.geometry.type.includes("Line") ? LINES : FILL) }).addTo(map);
    this.outlines = L.geoJSON(null, { interactive: false, style: { color: "#12406f", weight: 1, opacity: 0.5, fill: false, dashArray: "6 4" } }).addTo(map);
    this.way = L.geoJSON(null, { interactive: false, style: { color: "#7a1fa2", weight: 5, opacity: 0.85, dashArray: "1 8", lineCap: "round" } }).addTo(map);
    this.ring = L.layerGroup().addTo(map);
  }

  draw(drawn) {
    const lines = drawn.features.some((one) => one.geometry?.type.includes("Line"));
    this.map.getPane("circles").style.opacity = lines ? 0.75 : 0.17;
    this.circles.clearLayers().addData(drawn);
    this.outlines.clearLayers();
    if (!lines && drawn.features.length <= OUTLINED) this.outlines.addData(drawn);
  }

  /** The walked path of a building; none takes it away. */
  walk(path) {
    this.way.clearLayers();
    if (path) this.way.addData(path);
    else this.ring.clearLayers();
  }

  /** A ring around a place, and the map there. */
  ringAt(lon, lat) {
    this.ring.clearLayers();
    this.ring.addLayer(L.circleMarker([lat, lon], { radius: 16, color: "#7a1fa2", weight: 3, fill: false, interactive: false }));
    this.map.setView([lat, lon], Math.max(this.map.getZoom(), 17));
  }
}

function swatch(draw) {
  const canvas = el("canvas");
  canvas.width = 26;
  canvas.height = 16;
  const context = canvas.getContext("2d"), style = draw();
  context.fillStyle = style.fillColor;
  context.fillRect(0, 0, 26, 16);
  context.strokeStyle = style.color;
  context.lineWidth = 2;
  context.strokeRect(0, 0, 26, 16);
  return canvas;
}

/** The legend; the marks of plans only for those who plan. */
export function legend(plans) {
  const { styles } = window.wanggeTiles;
  const rows = [[1, "legend.covered"], [2, "legend.borderline"], [0, "legend.uncovered"], [3, "legend.unlinked"]];
  const circle = svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, svg("rect", { x: 1, y: 1, width: 24, height: 14, rx: 6, fill: "#2b78bd", "fill-opacity": 0.12, stroke: "#12406f", "stroke-dasharray": "6 3" }));
  const way = svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, svg("path", { d: "M2 8h22", stroke: "#7a1fa2", "stroke-width": 4, "stroke-dasharray": "1 6", "stroke-linecap": "round" }));
  return [
    el("h3", {}, t("legend.buildings")), el("ul", {}, rows.map(([status, key]) => el("li", {}, swatch(styles[status]), t(key)))),
    el("h3", {}, t("legend.others")), el("ul", {},
      el("li", {}, circle, t("legend.circle")), el("li", {}, way, t("legend.way")),
      el("li", {}, stationMark("party_mass_center"), t("legend.station")), el("li", {}, stationMark("party_mass_center", "planned"), t("legend.planned"))),
    plans ? [el("h3", {}, t("legend.plan")), el("ul", {}, ["gained", "lost", "edit", "site"].map((kind) => el("li", {}, changeMark(kind), t(`legend.${kind}`))))] : null,
  ];
}
