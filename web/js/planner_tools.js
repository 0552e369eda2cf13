// The tools of a plan: each a small form that can be filled by pressing the map or by typing, and gives one edit.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { label, t } from "./i18n.js";
import { changeMarker } from "./planner_marks.js";
import { middle, pickOnMap, stopPicking } from "./planner_pick.js";
import { removeStreet } from "./planner_streets.js";

const ACCESS = ["public", "resident", "staff", "closed"];
const LAST = { type: "" };
const coordinate = (name, value = "") => el("input", { type: "number", name, step: "any", min: name === "lon" ? -180 : -90, max: name === "lon" ? 180 : 90, required: true, value, inputMode: "decimal" });
const text = (name, attributes = {}) => el("input", { type: "text", name, maxlength: 120, autocomplete: "off", ...attributes });
const options = (pairs, chosen) => pairs.map(([value, words]) => el("option", { value, selected: value === chosen }, words));
const hours = (value = "") => field(t("station.hours"), text("hours", { maxlength: 500, placeholder: "Mo-Fr 08:30-17:00", value }), t("plan.hours_hint"));

/** Two numbers for a place, a button that takes it from the map and one that takes the map's middle. */
function place(room) {
  const lon = coordinate("lon"), lat = coordinate("lat");
  const set = (x, y) => {
    [lon.value, lat.value] = [x, y];
    lon.dispatchEvent(new Event("change", { bubbles: true }));
    room.showTab("plan");
  };
  return el("fieldset", { class: "place" }, el("legend", {}, t("plan.where")),
    el("div", { class: "line" },
      el("button", { type: "button", class: "grow", "data-pick": "map", onclick: () => pickOnMap(room, { say: t("pick.place"), onPlace: set }) }, t("pick.map")),
      el("button", { type: "button", class: "grow", "data-pick": "middle", onclick: () => set(...middle(room)) }, t("pick.middle"))),
    el("div", { class: "pair" }, field(t("plan.lon"), lon), field(t("plan.lat"), lat)));
}

function form(room, children, action, send = t("plan.add")) {
  const made = el("form", { class: "tool" }, children, problemLine(), el("button", { type: "submit", class: "primary wide" }, send));
  return onSubmit(made, async (values) => {
    stopPicking(room);
    await action(values);
  });
}

const spot = (values) => ({ lon: Number(values.lon), lat: Number(values.lat) });

function addStation(room, draft, done) {
  const types = room.options.station_types.map((one) => [one.id, label(one)]);
  const type = el("select", { name: "type" }, options(types, LAST.type || room.state.types[0]));
  return form(room, [
    field(t("plan.type"), type), field(t("plan.name"), text("name", { required: true, value: t("plan.new_station") })),
    hours(), field(t("station.capacity"), el("input", { type: "number", name: "capacity", min: 0, max: 1000000, step: 1 })), place(room),
  ], async (values) => {
    LAST.type = values.type;
    const code = draft.freeCode("NEW-", room.stations().map((one) => one.code));
    draft.add({ kind: "add_station", code, type: values.type, name: values.name.trim(), ...spot(values), hours: values.hours.trim() || null, capacity: values.capacity ? Number(values.capacity) : null });
    done();
  });
}

/** Move, close or other hours for a station that is there; `only` names the one. */
function changeStation(room, draft, done, only = "", what = "move_station") {
  const all = [...room.stations()].filter((one) => one.status !== "closed").sort((a, b) => a.name.localeCompare(b.name, "zh"));
  const station = el("select", { name: "code" }, options(all.map((one) => [one.code, one.name]), only));
  const kind = el("select", { name: "kind", onchange: () => show() }, options(["move_station", "close_station", "set_station_hours"].map((one) => [one, t(`tool.${one}`)]), what));
  const more = el("div");
  const show = () => more.replaceChildren(...(kind.value === "move_station" ? [place(room)] : kind.value === "set_station_hours" ? [hours(all.find((one) => one.code === station.value)?.hours ?? "")] : []));
  show();
  return form(room, [field(t("panel.station"), station, t("plan.station_hint")), field(t("plan.what"), kind), more], async (values) => {
    const { kind: chosen, code } = values;
    if (chosen === "move_station") draft.add({ kind: chosen, code, ...spot(values) });
    else if (chosen === "close_station") draft.add({ kind: chosen, code });
    else draft.add({ kind: chosen, code, hours: values.hours.trim() || null });
    done();
  });
}

/** A gate pressed on the map or taken from the list of those in view. */
function setGate(room, draft, done) {
  const gates = el("select", { name: "code", required: true }), access = el("select", { name: "access" }, options(ACCESS.map((one) => [one, t(`gate.${one}`)]), "public"));
  const when = text("hours", { maxlength: 500, placeholder: "Mo-Su 06:00-22:00" });
  const marks = L.layerGroup().addTo(room.map);
  const load = async () => {
    const box = room.map.getBounds();
    const { features } = await ask(`/api/v1/gates${query({ bbox: [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((one) => one.toFixed(6)) })}`);
    const chosen = gates.value;
    const named = ({ properties: one }) => t("gate.named", { code: one.code, compound: one.compound_name ?? "", access: t(`gate.${one.access}`) });
    gates.replaceChildren(...options(features.map((one) => [one.id, named(one)]), chosen));
    marks.clearLayers();
    for (const one of features) {
      changeMarker(one.geometry.coordinates, `gate ${one.properties.access}`, t("gate.char"), named(one), () => {
        gates.value = one.id;
        access.value = one.properties.access === "public" ? "closed" : "public";
        room.showTab("plan");
        access.focus();
      }).addTo(marks);
    }
  };
  const again = () => (made.isConnected ? load().catch(room.failed) : (marks.remove(), room.map.off("moveend", again)));
  const made = form(room, [field(t("plan.gate"), gates, t("plan.gate_hint")), field(t("plan.access"), access), field(t("plan.gate_hours"), when)], async (values) => {
    draft.add({ kind: "set_gate", code: values.code, access: values.access, hours: values.hours.trim() || null });
    done();
  });
  made.leave = () => (marks.remove(), room.map.off("moveend", again));
  room.map.on("moveend", again);
  load().catch(room.failed);
  return made;
}

/** A path or a bridge: points pressed one after another, or typed a line each. */
function addStreet(room, draft, done) {
  const points = el("textarea", { name: "points", rows: 4, required: true, placeholder: "126.62080, 45.76080\n126.62120, 45.76110" });
  const line = L.polyline([], { color: "#7a1fa2", weight: 4, dashArray: "8 5", interactive: false }).addTo(room.map);
  const read = () => points.value.split("\n").map((one) => one.split(/[,，\s]+/).filter(Boolean).map(Number)).filter((one) => one.length === 2 && one.every(Number.isFinite));
  const draw = () => line.setLatLngs(read().map(([lon, lat]) => [lat, lon]));
  const add = (lon, lat) => {
    points.value = [...points.value.split("\n").filter((one) => one.trim()), `${lon}, ${lat}`].join("\n");
    draw();
  };
  points.oninput = draw;
  const bridge = el("input", { type: "checkbox", name: "bridge", value: "1" });
  const made = form(room, [
    el("label", { class: "check" }, bridge, el("span", {}, t("plan.bridge"))),
    el("div", { class: "line" },
      el("button", { type: "button", class: "grow", "data-pick": "line", onclick: () => pickOnMap(room, { say: t("pick.line"), onPlace: add, many: true }) }, t("pick.draw")),
      el("button", { type: "button", class: "grow", onclick: () => add(...middle(room)) }, t("pick.middle_next"))),
    field(t("plan.points"), points, t("plan.points_hint")),
  ], async () => {
    const found = read();
    if (found.length < 2) throw new Error(t("plan.two_points"));
    draft.add({ kind: "add_street", code: draft.freeCode("NEW-W", []), line: found, street_kind: "footway", bridge: bridge.checked, level: bridge.checked ? 1 : null });
    done();
  });
  made.leave = () => line.remove();
  return made;
}

const TOOLS = { add_station: addStation, station: changeStation, gate: setGate, street: addStreet, street_gone: removeStreet };

/** The row of tools; one is open at a time. `open(tool, ...more)` opens one from elsewhere. */
export function toolbox(room, draft) {
  const box = el("div", { id: "tool" });
  let current = "";
  const buttons = Object.keys(TOOLS).map((tool) => el("button", { type: "button", "data-tool": tool, "aria-pressed": "false", onclick: () => (current === tool ? close() : open(tool)) }, t(`tool.${tool}`)));
  const mark = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === current)));
  const close = () => {
    stopPicking(room);
    box.firstElementChild?.leave?.();
    box.replaceChildren();
    current = "";
    mark();
  };
  const open = (tool, ...more) => {
    close();
    current = tool;
    mark();
    box.replaceChildren(TOOLS[tool](room, draft, close, ...more));
    box.querySelector("select, input")?.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  };
  return { element: el("div", { class: "pad" }, el("div", { class: "tools", role: "group", "aria-label": t("plan.tools") }, buttons), box), open, close };
}

