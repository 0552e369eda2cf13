// The controls of /planner: which stations or preset, how far, at whose pace, when, where, and how circles are drawn.
import { ask } from "./api.js";
import { el } from "./dom.js";
import { areaOptions } from "./filters.js";
import { label, number, t, title } from "./i18n.js";
import { hint, strip } from "./planner_parts.js";
import { DAYS } from "./planner_question.js";
import { stationLabel, stationMark } from "./symbols.js";

const EVENING = "19:00"; // not 20:00, the minute at which most stations close
export const SHAPES = ["each", "dissolved", "nearest", "ring", "lines", "none"];

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

function presetRows(presets, state, change) {
  if (!presets.length) return [];
  return [el("h3", {}, t("planner.preset")), strip("preset", t("planner.preset"), [["", t("planner.preset.own")], ...presets.map((one) => [one.id, title(one)])], state.preset, (preset) => change({ preset }, true))];
}

function limits(options, state, change) {
  const group = (unit, values) => strip("limit", t(`planner.${unit}`), values.map((value) => [`${unit}:${value}`, t(`planner.n_${unit}`, { n: number(value) })]), state.limit, (limit) => change({ limit }));
  return [el("h3", {}, t("planner.minutes")), group("minutes", options.minutes), el("h3", {}, t("planner.metres")), group("metres", options.metres)];
}

/** The day and the time of the week; without a day every opening counts. */
function week(state, change) {
  const [day, at] = state.when ? state.when.split("-") : ["", EVENING];
  const days = el("select", { id: "week-day", "aria-label": t("planner.when") }, el("option", { value: "" }, t("planner.any_time")), DAYS.map((one) => el("option", { value: one, selected: one === day }, t(`week.${one}`))));
  const time = el("input", { type: "time", id: "week-time", step: 300, value: at, disabled: !day, "aria-label": t("planner.time") });
  const tell = () => {
    time.disabled = !days.value;
    change({ when: days.value && time.value ? `${days.value}-${time.value}` : "" });
  };
  days.addEventListener("change", tell);
  time.addEventListener("change", tell);
  return [el("h3", {}, t("planner.when")), el("div", { class: "when" }, days, time)];
}

function box(id, checked, text, onchange) {
  return el("label", { class: "check" }, el("input", { type: "checkbox", id, checked, onchange: (event) => onchange(event.target.checked) }), el("span", {}, text));
}

async function areas(state, root, held) {
  const found = root ? await areaOptions(root, held) : [];
  if (state.area && !found.some((one) => one.code === state.area)) {
    const asked = await ask(`/api/v1/areas/${encodeURIComponent(state.area)}`).catch(() => null);
    found.push({ code: state.area, name: asked?.name ?? state.area });
  }
  return found;
}

/** Build the form; `change(part, rebuild)` is called with what the person chose. */
export async function buildControls(form, room, change, root, held) {
  const { options, state, presets } = room;
  const profile = el("select", { id: "profile", disabled: state.limit.startsWith("metres"), onchange: (event) => change({ profile: event.target.value }) },
    options.profiles.map((one) => el("option", { value: one.id, selected: one.id === state.profile }, label(one))));
  const found = await areas(state, root, held);
  const area = el("select", { id: "area", onchange: (event) => change({ area: event.target.value }) },
    el("option", { value: "" }, t("planner.whole")), found.map((one) => el("option", { value: one.code, selected: one.code === state.area }, one.name)));
  const shape = el("select", { id: "shape", onchange: (event) => change({ shape: event.target.value }) },
    SHAPES.map((one) => el("option", { value: one, selected: one === state.shape }, t(`planner.shape.${one}`))));
  form.replaceChildren(
    ...presetRows(presets, state, change),
    ...(state.preset ? [hint(t("planner.preset_hint"))] : [...typeRows(options, state, change), ...limits(options, state, change)]),
    el("label", { class: "field" }, el("h3", {}, t("planner.profile")), profile),
    el("label", { class: "field" }, el("h3", {}, t("planner.area")), area),
    ...week(state, change),
    box("capacity", Boolean(state.capacity), t("planner.capacity"), (on) => change({ capacity: on ? "1" : "" })),
    el("label", { class: "field" }, el("h3", {}, t("planner.shape")), shape));
  form.onsubmit = (event) => event.preventDefault();
  return { profile };
}
