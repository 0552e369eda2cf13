// /planner: who is within a walk of a station, who is not, and why.
import { ask, query, reason } from "./api.js";
import { byId, el, later, svg } from "./dom.js";
import { addLegend, dock, furnish, notice } from "./furniture.js";
import { heldAreas, showHeld } from "./held.js";
import { aside, label, listed, metres, moment, number, t } from "./i18n.js";
import { openPanel, stationCard } from "./panels.js";
import { DEFAULTS, buildControls, limitText, parameters } from "./planner_controls.js";
import { numbers } from "./planner_numbers.js";
import { session } from "./session.js";
import { readState, restoreView, writeState } from "./state.js";
import { StationLayer, fetchStations } from "./stations.js";
import { stationLabel, stationMark } from "./symbols.js";

const { map, layers, config } = window.wangge;
const tiles = "/tiles/coverage/{z}/{x}/{y}.mvt";
let state = readState(DEFAULTS), options = null, controls = null, round = 0, me = { permissions: [], roles: [] };
const sheet = dock();

furnish(map, config, layers.ground);
const placed = restoreView(map);
// All circles are filled alike and the pane is faded as a whole: where they overlap they stay one calm area.
const OUTLINED = 20;
Object.assign(map.createPane("circles").style, { zIndex: 350, opacity: 0.17 });
const circles = L.geoJSON(null, { pane: "circles", interactive: false, style: { stroke: false, fillColor: "#2b78bd", fillOpacity: 1 } }).addTo(map);
const outlines = L.geoJSON(null, { interactive: false, style: { color: "#12406f", weight: 1, opacity: 0.5, fill: false, dashArray: "6 4" } }).addTo(map);
const way = L.geoJSON(null, { interactive: false, style: { color: "#7a1fa2", weight: 5, opacity: 0.85, dashArray: "1 8", lineCap: "round" } }).addTo(map);
const stations = new StationLayer(map, { onPick: (one) => open(t("panel.station"), one.name, stationCard(one)), fromZoom: 12, wanted: (one) => state.types.includes(one.type) });
addLegend(map, config.area.bbox, legend);

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

function legend() {
  const { styles } = window.wanggeTiles;
  const rows = [[1, "legend.covered"], [2, "legend.borderline"], [0, "legend.uncovered"], [3, "legend.unlinked"]];
  return [
    el("h3", {}, t("legend.buildings")), el("ul", {}, rows.map(([status, key]) => el("li", {}, swatch(styles[status]), t(key)))),
    el("h3", {}, t("legend.others")), el("ul", {},
      el("li", {}, svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, svg("rect", { x: 1, y: 1, width: 24, height: 14, rx: 6, fill: "#2b78bd", "fill-opacity": 0.12, stroke: "#12406f", "stroke-dasharray": "6 3" })), t("legend.circle")),
      el("li", {}, stationMark("party_mass_center"), t("legend.station")), el("li", {}, stationMark("party_mass_center", "planned"), t("legend.planned"))),
  ];
}

function open(kind, title, children) {
  openPanel(kind, title, children, () => way.clearLayers());
  if (getComputedStyle(document.querySelector(".dock")).display !== "none") sheet("numbers");
  byId("panel").focus({ preventScroll: true });
}

async function pickBuilding(code) {
  try {
    const one = await ask(`/api/v1/coverage/buildings/${encodeURIComponent(code)}${query({ ...parameters(state), area: "" })}`);
    const near = one.nearest;
    way.clearLayers();
    if (one.path) way.addData(one.path);
    open(t("panel.building"), one.name || one.address || one.code, [
      el("p", { class: "text" }, el("strong", {}, one.covered ? t("building.covered") : t("building.uncovered")), one.borderline ? aside(t("legend.borderline")) : ""),
      el("dl", { class: "facts" }, [
        [t("building.residents"), number(one.residents)], [t("building.address"), one.address],
        [t("building.nearest"), near ? near.name : t("building.none")], [t("building.distance"), near ? metres(near.distance_m) : null],
        [t("building.time"), near?.time_s ? t("building.minutes", { n: number(Math.ceil(near.time_s / 6) / 10) }) : null],
        [t("building.second"), one.second?.name],
        [t("planner.reason"), one.reason ? t(`reason.${one.reason}`) : null],
      ].filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    ]);
  } catch (error) {
    notice(reason(error));
  }
}

async function showArea(code) {
  const area = await ask(`/api/v1/areas/${encodeURIComponent(code)}`).catch(() => null);
  const box = area?.bbox;
  if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { maxZoom: 16 });
}

async function refresh() {
  round += 1;
  const mine = round;
  writeState(state, DEFAULTS, map);
  stations.refresh();
  if (!state.types.length) {
    byId("answer-body").replaceChildren(el("p", { class: "empty" }, t("planner.choose")));
    document.body.dataset.ready = "1";
    return;
  }
  const asked = parameters(state);
  byId("answer-body").classList.add("loading");
  document.body.classList.add("busy");
  notice(t("planner.working"));
  try {
    const what = `${listed(state.types.map((type) => label(options.station_types.find((one) => one.id === type)) || stationLabel(type)))} · ${limitText(state, options.profiles)}`;
    const answer = await ask(`/api/v1/coverage${query(asked)}`);
    if (mine !== round) return;
    byId("question").textContent = what;
    byId("asof").textContent = t("map.asof", { time: moment(answer.as_of) });
    byId("answer-body").replaceChildren(...numbers(answer, what, asked, showArea, me.permissions).flat().filter(Boolean));
    layers.coverage.setUrl(`${tiles}${query({ ...asked, area: "" })}`, !map.hasLayer(layers.coverage));
    if (!map.hasLayer(layers.coverage)) layers.coverage.addTo(map);
    const drawn = await ask(`/api/v1/circles.geojson${query(asked)}`);
    if (mine !== round) return;
    circles.clearLayers().addData(drawn);
    outlines.clearLayers();
    if (drawn.features.length <= OUTLINED) outlines.addData(drawn);
    notice("");
  } catch (error) {
    if (mine === round) notice(reason(error));
  } finally {
    if (mine === round) {
      byId("answer-body").classList.remove("loading");
      document.body.classList.remove("busy");
      document.body.dataset.ready = "1";
    }
  }
}

const refreshSoon = later(refresh, 200);

function change(part) {
  state = { ...state, ...part };
  controls.profile.disabled = state.limit.startsWith("metres");
  refreshSoon();
}

/** The state of the address; without a choice of stations the usual one is asked. */
function read() {
  state = readState(DEFAULTS);
  if (state.types.length || !options.station_types.length) return;
  const usual = options.station_types.find((type) => type.id === "party_mass_center") ?? options.station_types[0];
  state.types = [usual.id];
}

/** The code of the one area in which somebody may read coverage, when it is less than the whole; else "". */
async function ownArea() {
  const allowed = me.roles.length > 1 ? (await ask("/api/v1/roles")).filter((one) => one.permissions.includes("coverage.read")).map((one) => one.code) : null;
  const codes = heldAreas({ roles: me.roles.filter((one) => !allowed || allowed.includes(one.role)) });
  return codes.length === 1 && !config.area.code.startsWith(codes[0]) ? codes[0] : "";
}

async function build() {
  controls = await buildControls(byId("control-form"), options, state, change, config.area.code, heldAreas(me));
}

async function start() {
  layers.coverage.on("click", (event) => pickBuilding(event.layer.properties.code));
  map.on("moveend", () => writeState(state, DEFAULTS, map));
  try {
    [options, me] = await Promise.all([ask("/api/v1/coverage/options"), session()]);
    if (!placed) await showHeld(map, me, config.area.code);
    read();
    if (!placed && !state.area) state.area = await ownArea(); // a link, or this very page loaded again, says where
    await build();
    // A link pasted into an open tab; what we write ourselves (replaceState) makes no such event.
    window.addEventListener("hashchange", async () => {
      read();
      restoreView(map);
      await build();
      change({});
    });
    stations.set(await fetchStations());
    await refresh();
  } catch (error) {
    notice(reason(error));
    document.body.dataset.ready = "1";
  }
}

start();
