// The presets: what a circle of that name needs, which needs are met where, and all of them together.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { label, number, t } from "./i18n.js";
import { count, row, section, share, table } from "./planner_parts.js";

/** Ask for a preset in the unit and at the time of a state. */
export function askPreset(state) {
  const unit = state.limit.split(":")[0];
  const { area, when, profile } = state;
  return ask(`/api/v1/coverage/presets/${encodeURIComponent(state.preset)}${query({ area, at: when, profile: unit === "minutes" ? profile : "", unit })}`);
}

/** The limit a need is asked with. */
export const limitOf = (need, unit) => `${unit}:${unit === "minutes" ? need.tier_min : need.radius_m}`;

function needs(answer, state, onNeed) {
  const unit = state.limit.split(":")[0];
  const rows = answer.needs.map((need) => {
    const shown = state.types.length === 1 && state.types[0] === need.type && state.limit === limitOf(need, unit);
    const within = unit === "minutes" ? t("planner.n_minutes", { n: need.tier_min }) : t("planner.n_metres", { n: number(need.radius_m) });
    return el("tr", { "aria-current": shown ? "true" : null }, el("th", { scope: "row" }, el("button", { type: "button", "data-need": need.type, onclick: () => onNeed(need) }, label(need))),
      el("td", {}, within), el("td", {}, number(need.stations)), el("td", {}, share(need.totals?.residents)));
  });
  return table(t("preset.needs"), [t("preset.need"), t("preset.within"), t("preset.stations"), t("planner.rate")], rows);
}

function tiers(answer) {
  return table(t("preset.complete"), [t("preset.tier"), t("preset.met"), t("planner.total"), t("planner.rate")], answer.tiers.map(({ tier_min: tier, complete }) =>
    row(t("planner.n_minutes", { n: tier }), count(complete.residents?.covered), count(complete.residents?.total), share(complete.residents))));
}

function communities(answer, onArea) {
  const minutes = answer.tiers.map((one) => one.tier_min);
  return table(t("preset.by_community"), [t("planner.community"), ...minutes.map((one) => t("planner.n_minutes", { n: one }))], answer.communities.map((one) =>
    row(el("button", { type: "button", onclick: () => onArea(one.code) }, one.name), ...minutes.map((tier) => share(one.complete?.[tier]?.residents ?? one.complete?.[tier])))));
}

/** A preset's answer as elements; `onNeed` shows one need on the map. */
export function presetNumbers(answer, state, onNeed, onArea) {
  return el("div", { id: "preset" },
    section(t("preset.complete"), tiers(answer)), el("p", { class: "hint pad" }, t("preset.additive")),
    section(t("preset.needs"), needs(answer, state, onNeed)),
    section(t("preset.by_community"), communities(answer, onArea)));
}
