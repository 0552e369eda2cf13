// /map: one place that wires filters, tiles, events, list and panels together.
import { ask, reason } from "./api.js";
import { byId, el, later, svg } from "./dom.js";
import { EventLayer } from "./events.js";
import { DEFAULTS, apiFilters, buildFilters, countFacets, showCounts } from "./filters.js";
import { addLegend, dock, furnish, notice } from "./furniture.js";
import { heldAreas, showHeld } from "./held.js";
import { categoryOf, moment, number, t } from "./i18n.js";
import { EventList } from "./list.js";
import { eventCard, gridCard, openPanel, stationCard } from "./panels.js";
import { session } from "./session.js";
import { readState, restoreView, writeState } from "./state.js";
import { StationLayer, fetchStations } from "./stations.js";
import { eventMark, stationMark } from "./symbols.js";

const SOURCES = ["grid_worker", "hotline", "resident_code", "property", "department", "patrol", "media", "petition", "sensor", "leader", "inspection",
  "assessment", "video", "letter", "web", "wechat", "sms", "email", "phone", "import", "other"];
const { map, layers, config } = window.wangge;
let state = readState(DEFAULTS);
let families = [], me = { roles: [] };
const sheet = dock();

furnish(map, config, layers.ground);
const placed = restoreView(map);
addLegend(map, config.area.bbox, legend);

function legend() {
  const swatch = (fill) => svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, svg("rect", { x: 0.5, y: 0.5, width: 25, height: 15, rx: 2, fill, "fill-opacity": 0.8, stroke: "#5d4a36" }));
  const rows = [[t("legend.none"), "#ffffff"]];
  config.breaks.forEach((low, at) => {
    const high = config.breaks[at + 1];
    const text = high === undefined ? t("legend.from", { n: low }) : high - 1 === low ? t("legend.exactly", { n: low }) : t("legend.between", { low, high: high - 1 });
    rows.push([text, `url(#class-${at + 1})`]);
  });
  const marks = [["reported", "legend.wait"], ["handling", "legend.work"], ["closed", "legend.done"]];
  return [
    el("h3", {}, t("legend.grids")), el("ul", {}, rows.map(([text, fill]) => el("li", {}, swatch(fill), text))),
    el("h3", {}, t("legend.events")), el("ul", {}, marks.map(([status, key]) => el("li", {}, eventMark(status, "normal"), t(key)))),
    el("h3", {}, t("legend.stations")), el("ul", {}, el("li", {}, stationMark("party_mass_center"), t("legend.station")), el("li", {}, stationMark("party_mass_center", "planned"), t("legend.planned"))),
    el("p", {}, t("legend.zoom")),
  ];
}

const list = new EventList({ map, onPick: pickEvent, onFocus: (id) => events.highlight(id) });
const events = new EventLayer(map, { onChange: (features) => list.set(features), onPick: pickEvent, onNotice: notice });
const stations = new StationLayer(map, { onPick: (station) => {
  picked += 1;
  show(t("panel.station"), station.name, stationCard(station));
} });

function show(kind, title, children, onClose) {
  openPanel(kind, title, children, onClose);
  if (getComputedStyle(document.querySelector(".dock")).display !== "none") sheet("results");
  byId("panel").focus({ preventScroll: true });
}

function letGo() {
  list.mark(null);
  events.show(null);
}

let picked = 0; // of two picked one after the other the later is shown, whichever answer comes first

async function pickEvent(feature) {
  const mine = ++picked;
  try {
    const event = await ask(`/api/v1/events/${encodeURIComponent(feature.id)}`);
    if (mine !== picked) return;
    list.mark(feature.id);
    events.show(feature.id);
    show(t("panel.event"), categoryOf(event), eventCard(event, pickGrid), () => letGo());
  } catch (error) {
    notice(reason(error));
  }
}

let chosenGrid = null;
function ring(code) {
  if (chosenGrid) layers.grids.resetFeatureStyle(chosenGrid);
  chosenGrid = code;
  if (code) layers.grids.setFeatureStyle(code, { fill: true, fillColor: "#f2b33d", fillOpacity: 0.35, color: "#12406f", weight: 3, opacity: 1 });
}

async function pickGrid(code) {
  const mine = ++picked;
  try {
    const area = await ask(`/api/v1/areas/${encodeURIComponent(code)}`);
    if (mine !== picked) return;
    ring(code);
    show(t("panel.grid"), area.name, gridCard(area, (wanted) => change({ area: wanted })), () => ring(null));
  } catch (error) {
    notice(reason(error));
  }
}

let asked = 0;

async function refresh() {
  const mine = ++asked;
  writeState(state, DEFAULTS, map);
  document.body.classList.add("busy");
  try {
    const facets = await countFacets(state);
    if (mine !== asked) return;
    showCounts(byId("filter-form"), facets, families);
    byId("total").textContent = t("map.total", { n: number(facets.total) });
    byId("asof").textContent = t("map.asof", { time: moment(facets.asOf ?? config.as_of) });
    await events.load(apiFilters(state), facets.total);
  } catch (error) {
    if (mine === asked) notice(reason(error));
  } finally {
    if (mine === asked) { // else a newer question is still on its way
      document.body.classList.remove("busy");
      document.body.dataset.ready = "1";
    }
  }
}

const refreshSoon = later(refresh, 150);

function change(part) {
  state = { ...state, ...part };
  document.body.classList.add("busy"); // from now on, not when the question is sent
  stations.toggle(state.stations === "1");
  const one = byId("status-one");
  if (one && "status" in part) one.value = ["open", "finished"].includes(part.status) ? "" : part.status;
  for (const box of document.querySelectorAll("input[name=status]")) box.checked = box.value === state.status;
  refreshSoon();
}

async function build() {
  await buildFilters(byId("filter-form"), state, change, { root: config.area.code, held: heldAreas(me), families, sources: SOURCES });
}

async function start() {
  layers.grids.on("click", (event) => pickGrid(event.layer.properties.code));
  map.on("moveend", () => writeState(state, DEFAULTS, map));
  // A link pasted into an open tab; what we write ourselves (replaceState) makes no such event.
  window.addEventListener("hashchange", async () => {
    state = readState(DEFAULTS);
    restoreView(map);
    await build();
    change({});
  });
  byId("reset").addEventListener("click", async () => {
    state = { ...DEFAULTS };
    await build();
    change({});
  });
  try {
    [families, me] = await Promise.all([ask("/api/v1/categories"), session()]);
    if (!placed) await showHeld(map, me, config.area.code);
    await build();
    stations.set(await fetchStations());
    change({});
  } catch (error) {
    notice(reason(error));
    document.body.dataset.ready = "1";
  }
}

start();
