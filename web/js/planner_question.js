// What the planner asks: the state of the address, the API's parameters for it, and the same in words.
import { label, listed, number, t } from "./i18n.js";

export const DEFAULTS = {
  types: [], limit: "minutes:15", profile: "standard", area: "", when: "", capacity: "", preset: "",
  shape: "each", scenario: "", basis: "plan", tab: "now",
};
export const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/** The API's parameters for a state; in a scenario unless its owner looks at how it is today. */
export function parameters(state) {
  const [unit, value] = state.limit.split(":");
  return {
    types: state.types, [unit]: value, profile: unit === "minutes" ? state.profile : "", area: state.area,
    at: state.when, capacity: state.capacity ? "true" : "", scenario: state.basis === "plan" ? state.scenario : "",
  };
}

/** The same as members of a JSON body: numbers as numbers, nothing that is not asked. */
export function asBody(asked) {
  const kept = Object.entries(asked).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const typed = (name, value) => (name === "minutes" || name === "metres" ? Number(value) : name === "capacity" ? true : value);
  return Object.fromEntries(kept.map(([name, value]) => [name, typed(name, value)]));
}

/** "Tuesday 19:00" of "Tu-19:00". */
export function whenText(when) {
  const [day, time] = when.split("-");
  return `${t(`week.${day}`)} ${time}`;
}

const PARTS = ["types", "minutes", "metres", "profile", "area", "at", "capacity", "scenario"];
const part = (asked, name) => (name === "types" ? [...(asked.types ?? [])].sort().join() : name === "profile" && !asked.minutes ? "" : String(asked[name] || ""));

/** Whether two questions, as parameters or as a job tells its own, are the same; `but` are parts that do not matter. */
export const sameQuestion = (one, other, but = []) => PARTS.every((name) => but.includes(name) || part(one, name) === part(other, name));

/** A question that a job tells of itself, in words: types, limit, area, time and plan. */
export function questionText(room, asked) {
  const limit = asked.metres ? `metres:${asked.metres}` : `minutes:${asked.minutes}`;
  const within = limitText({ limit, profile: asked.profile || DEFAULTS.profile, when: asked.at ?? "", capacity: asked.capacity }, room.options.profiles);
  return [listed(asked.types.map(room.typeName)), within, room.areaName(asked.area), asked.scenario ? t("planner.in_plan") : ""].filter(Boolean).join(" · ");
}

/** "15 minutes' walk, standard pace" in the reader's language. */
export function limitText(state, profiles) {
  const [unit, value] = state.limit.split(":");
  const profile = profiles.find((one) => one.id === state.profile);
  const within = unit === "metres" ? t("planner.within_metres", { n: number(Number(value)) }) : t("planner.within_minutes", { n: value, profile: profile ? label(profile) : state.profile });
  return [within, state.when ? whenText(state.when) : "", state.capacity ? t("planner.capacity_short") : ""].filter(Boolean).join(" · ");
}
