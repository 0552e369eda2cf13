// Blowing a whistle (吹哨): on an event, or on a place of its own.
import { ApiError, ask, tell } from "./api.js";
import { el } from "./dom.js";
import { choice, field, onSubmit, problemLine, textbox } from "./fields.js";
import { aside, t } from "./i18n.js";
import { uuid7 } from "./ids.js";

const LONGEST = 2000, SOURCES = ["community", "grid_worker", "resident", "hotline", "inspection", "other"], URGENCIES = ["normal", "urgent", "emergency"];

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
    const given = new FormData(form), none = t("whistle.no_department");
    if (!given.has("departments")) throw new ApiError(422, { detail: none, detail_en: none, field: "departments" });
    const body = { id: id.value, reason: given.get("reason").trim(), urgency: given.get("urgency"), source: given.get("source"), departments: given.getAll("departments"), ...where() };
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

/** The form on a place; `pin` says where it stands and whether one may not blow there. */
export async function placeForm(form, pin, done) {
  form.replaceChildren(...await blowInputs([field(t("event.address") + aside(t("act.optional")), textbox("address"))]),
    problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("act.whistle"))));
  blows(form, () => {
    if (!pin.at) throw new Error(t("whistle.no_place"));
    if (pin.refused) throw new Error(pin.refused);
    return { geometry: { type: "Point", coordinates: [pin.at.lon, pin.at.lat] }, coord_sys: pin.at.coord_sys };
  }, done);
}
