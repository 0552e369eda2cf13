// The controls of /planner: which stations, how far, at whose pace, where.
import { ask } from "./api.js";
import { el } from "./dom.js";
import { areaOptions } from "./filters.js";
import { label, number, t } from "./i18n.js";
import { stationLabel, stationMark } from "./symbols.js";

export const DEFAULTS = { types: [], limit: "minutes:15", profile: "standard", area: "" };

/** The API's parameters for a state. */
export function parameters(state) {
  const [unit, value] = state.limit.split(":");
  return { types: state.types, [unit]: value, profile: unit === "minutes" ? state.profile : "", area: state.area };
}

/** "15 minutes' walk, standard pace" in the reader's language. */
export function limitText(state, profiles) {
  const [unit, value] = state.limit.split(":");
  const profile = profiles.find((one) => one.id === state.profile);
  return unit === "metres" ? t("planner.within_metres", { n: number(Number(value)) }) : t("planner.within_minutes", { n: value, profile: profile ? label(profile) : state.profile });
}

function typeRows(options, state, change) {
  const rows = options.station_types.map((type) => el("label", { class: "check" },
    el("input", {
      type: "checkbox", name: "type", value: type.id, checked: state.types.includes(type.id), onchange: (event) => {
        const form = event.target.form;
        change({ types: [...form.querySelectorAll("input[name=type]:checked")].map((box) => box.value) });
      },
    }), stationMark(type.id), el("span", {}, label(type) || stationLabel(type.id)),
    el("small", { title: t("planner.existing") }, number(type.existing))));
  return [el("h3", {}, t("planner.types")), el("div", { class: "rows", role: "group", "aria-label": t("planner.types") }, rows)];
}

function limits(options, state, change) {
  const group = (unit, values) => el("div", { class: "chips", role: "radiogroup", "aria-label": t(`planner.${unit}`) }, values.map((value) => {
    const name = `${unit}:${value}`;
    return el("label", {}, el("input", { type: "radio", name: "limit", value: name, checked: state.limit === name, onchange: () => change({ limit: name }) }),
      el("span", {}, t(`planner.n_${unit}`, { n: number(value) })));
  }));
  return [el("h3", {}, t("planner.minutes")), group("minutes", options.minutes), el("h3", {}, t("planner.metres")), group("metres", options.metres)];
}

/** Build the form once; `change(part)` is called with what the person chose. */
export async function buildControls(form, options, state, change, root, held) {
  const profile = el("select", { id: "profile", disabled: state.limit.startsWith("metres"), onchange: (event) => change({ profile: event.target.value }) },
    options.profiles.map((one) => el("option", { value: one.id, selected: one.id === state.profile }, label(one))));
  const areas = root ? await areaOptions(root, held) : [];
  if (state.area && !areas.some((one) => one.code === state.area)) {
    const asked = await ask(`/api/v1/areas/${encodeURIComponent(state.area)}`).catch(() => null);
    areas.push({ code: state.area, name: asked?.name ?? state.area });
  }
  const area = el("select", { id: "area", onchange: (event) => change({ area: event.target.value }) },
    el("option", { value: "" }, t("planner.whole")), areas.map((one) => el("option", { value: one.code, selected: one.code === state.area }, one.name)));
  form.replaceChildren(
    ...typeRows(options, state, change), ...limits(options, state, change),
    el("label", { class: "field" }, el("h3", {}, t("planner.profile")), profile),
    el("label", { class: "field" }, el("h3", {}, t("planner.area")), area));
  form.addEventListener("submit", (event) => event.preventDefault());
  return { profile };
}
