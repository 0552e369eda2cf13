// /planner: who is within a walk of a station, who is not, and why; then what would be better. The conductor.
import { ask, query, reason } from "./api.js";
import { byId, el, later } from "./dom.js";
import { addLegend, dock, furnish, notice } from "./furniture.js";
import { heldAreas, showHeld } from "./held.js";
import { label, listed, moment, t } from "./i18n.js";
import { openPanel, stationCard } from "./panels.js";
import { pickBuilding } from "./planner_building.js";
import { buildControls } from "./planner_controls.js";
import { PlannerMap, legend } from "./planner_map.js";
import { DEFAULTS, limitText, parameters } from "./planner_question.js";
import { askPreset, limitOf } from "./planner_presets.js";
import { tabsFor } from "./planner_rooms.js";
import { Tabs } from "./planner_tabs.js";
import { session } from "./session.js";
import { readState, restoreView, writeState } from "./state.js";
import { StationLayer, fetchStations } from "./stations.js";
import { stationLabel } from "./symbols.js";

const { map, layers, config } = window.wangge;
const tiles = "/tiles/coverage/{z}/{x}/{y}.mvt";
let controls = null, tabs = null, round = 0, barred = false, me = { permissions: [], roles: [] };
const sheet = dock();

takeLink();
furnish(map, config, layers.ground);
const placed = restoreView(map);
const drawing = new PlannerMap(map);

/** What the panels share: the question, what this server and this person can do, and how to reach the map. */
const room = {
  map, config, drawing, state: readState(DEFAULTS), options: null, presets: [], account: "",
  may: (permission) => me.permissions.includes(permission),
  asked: () => parameters(room.state),
  asks: () => room.state.types.length > 0,
  typeName: (type) => typeName(type),
  areaName: (code) => (code ? [...(byId("area")?.options ?? [])].find((one) => one.value === code)?.text ?? code : t("planner.whole")),
  what: () => [listed(room.state.types.map(typeName)), limitText(room.state, room.options.profiles), planName()].filter(Boolean).join(" · "),
  stationName: (code) => stations.stations.find((one) => one.code === code)?.name ?? code,
  stations: () => stations.stations,
  setStations: (all) => stations.set(all),
  refreshStations: () => stations.refresh(),
  say: notice,
  failed: (error) => notice(reason(error)),
  open, change, showArea, refresh: () => refreshSoon(),
  pickBuilding: (code) => pickBuilding(code, room.asked(), open, drawing),
  showTab: (id) => (sheetOpen("numbers"), tabs.pick(id)),
  uncoverMap: () => narrow() && sheet(null),
};
const stations = new StationLayer(map, { onPick: pickStation, fromZoom: 12, wanted: (one) => room.picking || room.state.types.includes(one.type) });

const planName = () => (room.asked().scenario && room.plan?.draft.saved ? t("plan.in", { name: room.plan.draft.saved.name }) : "");
const typeName = (type) => label(room.options.station_types.find((one) => one.id === type)) || stationLabel(type);
const narrow = () => getComputedStyle(document.querySelector(".dock")).display !== "none";
const sheetOpen = (name) => narrow() && sheet(name);

function open(kind, title, children) {
  openPanel(kind, title, children, () => drawing.walk(null));
  sheetOpen("numbers");
  byId("panel").focus({ preventScroll: true });
}

function pickStation(one) {
  if (room.picking?.station?.(one)) return;
  open(t("panel.station"), one.name, [stationCard(one), room.planStation?.(one)]);
}

/** Show an area; a phone's sheet stays open where `uncover` is false. */
async function showArea(code, uncover = true) {
  const area = await ask(`/api/v1/areas/${encodeURIComponent(code)}`).catch(() => null);
  const box = area?.bbox;
  if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { maxZoom: 16 });
  if (box && uncover) room.uncoverMap();
}

/** A preset shows one of its needs on the map; the first that has stations when none is chosen. */
async function settlePreset() {
  room.preset = null;
  if (!room.state.preset) return;
  const answer = await askPreset(room.state), unit = room.state.limit.split(":")[0];
  const chosen = answer.needs.find((need) => room.state.types.join() === need.type && room.state.limit === limitOf(need, unit));
  const first = chosen ?? answer.needs.find((need) => need.stations > 0) ?? answer.needs[0];
  room.preset = answer;
  if (first) Object.assign(room.state, { types: [first.type], limit: limitOf(first, unit) });
}

async function drawCircles(asked) {
  const { shape } = room.state;
  if (shape === "none") return { type: "FeatureCollection", features: [] };
  return ask(`/api/v1/circles.geojson${query({ ...asked, shape })}`);
}

async function refresh() {
  round += 1;
  const mine = round;
  document.body.classList.add("busy");
  notice(t("planner.working"));
  try {
    await settlePreset();
    if (mine !== round) return;
    writeState(room.state, DEFAULTS, map);
    stations.refresh();
    const asked = room.asked();
    room.answer = room.asks() ? ask(`/api/v1/coverage${query(asked)}`) : Promise.resolve(null);
    room.siting?.judge();
    const loading = tabs.renew();
    const answer = await room.answer;
    if (mine !== round) return;
    byId("question").textContent = answer ? room.what() : "";
    byId("asof").textContent = answer ? t("map.asof", { time: moment(answer.as_of) }) : "";
    if (answer) {
      layers.coverage.setUrl(`${tiles}${query({ ...asked, area: "", scenario: "" })}`, !map.hasLayer(layers.coverage));
      if (!map.hasLayer(layers.coverage)) layers.coverage.addTo(map);
      // Side by side: circles of a whole city take long, and the comparison does not need them.
      await Promise.all([room.plan?.compare(), drawCircles(asked).then((drawn) => mine === round && drawing.draw(drawn))]);
    }
    await loading;
    if (mine === round) notice(barred ? t("plan.barred") : "");
  } catch (error) {
    if (mine === round) notice(reason(error));
  } finally {
    if (mine === round) {
      document.body.classList.remove("busy");
      document.body.dataset.ready = "1";
    }
  }
}

const refreshSoon = later(refresh, 200);

/** Change the question; `rebuild` writes the controls anew, because they look another way then. */
function change(part, rebuild = false) {
  Object.assign(room.state, part);
  barred = false;
  controls.profile.disabled = room.state.limit.startsWith("metres");
  if (rebuild) build();
  refreshSoon();
}

/** A link to a plan names it in the query; from here on it is in the state like the rest. */
function takeLink() {
  const scenario = new URLSearchParams(location.search).get("scenario");
  if (scenario) history.replaceState(null, "", `${location.pathname}#${new URLSearchParams({ scenario, tab: "plan" })}`);
}

/** The state of the address; without a choice of stations the usual one is asked. */
function read() {
  Object.assign(room.state, readState(DEFAULTS));
  const { state, options } = room;
  barred = Boolean(state.scenario) && !room.may("coverage.plan"); // today's numbers then, and that is said
  if (barred) state.scenario = "";
  if (!room.presets.some((one) => one.id === state.preset)) state.preset = "";
  if (state.types.length || state.preset || !options.station_types.length) return;
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
  controls = await buildControls(byId("control-form"), room, change, config.area.code, heldAreas(me));
}

function remember(tab) {
  room.state.tab = tab;
  writeState(room.state, DEFAULTS, map);
}

/** From afar the many marks of a comparison are small, so that they do not hide each other. */
const farOff = () => map.getContainer().classList.toggle("far", map.getZoom() < 16.5);

async function start() {
  layers.coverage.on("click", (event) => room.picking || room.pickBuilding(event.layer.properties.code));
  map.on("moveend", () => writeState(room.state, DEFAULTS, map));
  map.on("zoomend", farOff);
  farOff();
  try {
    [room.options, me, room.presets] = await Promise.all([ask("/api/v1/coverage/options"), session(), ask("/api/v1/coverage/presets")]);
    room.account = me.account?.username ?? "";
    addLegend(map, config.area.bbox, () => legend(room.may("coverage.plan")));
    if (!placed) await showHeld(map, me, config.area.code);
    read();
    if (!placed && !room.state.area) room.state.area = await ownArea(); // a link, or this very page loaded again, says where
    stations.set(await fetchStations());
    tabs = new Tabs(byId("tabs"), byId("answer-body"), tabsFor(room), remember);
    await build();
    // A link pasted into an open tab; what we write ourselves (replaceState) makes no such event.
    window.addEventListener("hashchange", async () => {
      read();
      restoreView(map);
      await build();
      tabs.pick(room.state.tab, false);
      await room.reopen?.();
      refreshSoon();
    });
    tabs.pick(room.state.tab, false);
    await room.reopen?.();
    await refresh();
  } catch (error) {
    notice(reason(error));
    document.body.dataset.ready = "1";
  }
}

start();
