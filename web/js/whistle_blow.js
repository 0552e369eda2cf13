// Blowing a whistle (吹哨): on an event, or on a place of its own.
import { ask, query, tell } from "./api.js";
import { el, later } from "./dom.js";
import { choice, field, onSubmit, problemLine, textbox } from "./fields.js";
import { aside, listed, t } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { PlaceMap } from "./place_map.js";

const LONGEST = 2000, LOOK_MS = 300, DISTRICT = 6, SOURCES = ["community", "grid_worker", "resident", "hotline", "inspection", "other"], URGENCIES = ["normal", "urgent", "emergency"];

const named = async () => {
  const all = await ask("/api/v1/departments");
  return el("fieldset", { class: "field" }, el("legend", {}, t("act.whistle_departments")), el("div", { class: "options" }, all.map((one) => el("label", { class: "check" },
    el("input", { type: "checkbox", name: "departments", value: one.code }), el("span", {}, one.name)))));
};

/** The inputs of a whistle; `place` are those of its place, where it is on no event. */
export async function blowInputs(place = []) {
  return [
    field(t("whistle.reason"), el("textarea", { name: "reason", rows: 3, maxLength: LONGEST, required: true })), ...place,
    el("div", { class: "pair" }, field(t("whistle.urgency"), choice("urgency", URGENCIES.map((one) => [one, t(`urgency.${one}`)]))),
      field(t("whistle.source"), choice("source", SOURCES.map((one) => [one, t(`whistle.source.${one}`)])))),
    await named(),
  ];
}

/** Make a form blow: `where()` is {event} or {geometry, coord_sys}; `done(id)` is told when it was. */
export function blows(form, where, done) {
  const id = { value: uuid7() };
  return onSubmit(form, async () => {
    const given = new FormData(form), body = { id: id.value, reason: given.get("reason").trim(), urgency: given.get("urgency"), source: given.get("source"), departments: given.getAll("departments"), ...where() };
    const address = given.get("address")?.trim();
    if (address) body.address = address;
    try {
      await tell("POST", "/api/v1/whistles", body);
    } catch (error) {
      if (error.code === "idempotency_conflict") id.value = uuid7(); // changed after it was sent
      throw error;
    }
    await done(body.id);
  });
}

/** The map to put a pin on: one's own areas outlined, and at once the words of what may not be blown for. */
export async function placeMap(box, line, areas) {
  const state = { at: null, refused: "" };
  const say = (text, warn) => Object.assign(line, { textContent: text, className: warn ? "hint warn" : "hint" });
  const look = later(async () => {
    const { at } = state;
    try {
      const found = await ask(`/api/v1/locate${query({ ...at, coord_sys: "wgs84" })}`), where = found.grid ?? found.scope;
      if (at !== state.at) return;
      state.refused = areas.some((one) => where?.code.startsWith(one.code)) ? "" : where ? t("whistle.elsewhere", { place: where.name, areas: listed(areas.map((one) => one.name)) }) : t("report.outside");
      say(state.refused || t("whistle.here", { place: where.name }), state.refused);
    } catch (error) {
      if (at === state.at) say(error.message, true);
    }
  }, LOOK_MS);
  state.map = new PlaceMap(box, { label: t("report.pin"), onMove: (at) => {
    Object.assign(state, { at, refused: "" });
    look();
  } });
  state.map.unplaced();
  state.map.showArea(document.body.dataset.bbox.split(",").map(Number));
  state.map.unplaced();
  const features = (await Promise.all(areas.filter((one) => one.code.length > DISTRICT).map((one) => ask(`/api/v1/grids.geojson${query({ area: one.code })}`)))).flatMap((one) => one.features);
  if (features.length) state.map.frame({ type: "FeatureCollection", features });
  return state;
}

/** The form on a place; `pin` says where it stands and whether one may not blow there. */
export async function placeForm(form, pin, done) {
  form.replaceChildren(...await blowInputs([field(t("event.address") + aside(t("act.optional")), textbox("address"))]),
    problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("act.whistle"))));
  blows(form, () => {
    if (!pin.at) throw new Error(t("whistle.no_place"));
    if (pin.refused) throw new Error(pin.refused);
    return { geometry: { type: "Point", coordinates: [pin.at.lon, pin.at.lat] }, coord_sys: "wgs84" };
  }, done);
}
