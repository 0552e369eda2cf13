// Pieces of the planner's panels: counts that may be withheld, shares, tables, folds that load when opened.
import { reason } from "./api.js";
import { el } from "./dom.js";
import { number, percent, t } from "./i18n.js";

export const NONE = { covered: null, total: null, rate: null };
export const absent = (value) => value === null || value === undefined;
/** Why a count is not told: outside the areas whose people the asker may see, or too small. */
export const why = (outside) => t(outside ? "planner.outside_word" : "app.withheld");
const quiet = (text) => el("span", { class: "withheld" }, text);
/** A count of people; null where it is not told, in words that are no number. */
export const count = (value, outside = false) => (absent(value) ? quiet(why(outside)) : number(value));
export const share = (one) => (absent(one?.total) ? quiet("—") : percent(one.rate));
/** A number with a few decimals. */
export const decimal = (value, digits = 2) => (absent(value) ? "—" : number(Number(Number(value).toFixed(digits))));

/** A table of numbers; the first cell of a row is its head. */
export function table(caption, heads, rows) {
  return el("table", { class: "numbers" }, el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows));
}

/** A row: a head, then cells. */
export const row = (head, ...cells) => el("tr", {}, el("th", { scope: "row" }, head), cells.map((cell) => el("td", {}, cell)));

export const section = (title, ...children) => [el("section", { class: "section" }, el("h3", {}, title)), ...children];
export const hint = (text, attributes = {}) => el("p", { class: "hint", ...attributes }, text);
export const empty = (text) => el("p", { class: "empty" }, text);

/** Fill `box` with what `load()` gives; a refusal is told in its place, and only the newest call writes. */
export async function fillWith(box, load) {
  const mine = {};
  box.asked = mine;
  box.classList.add("loading");
  if (!box.childElementCount) box.replaceChildren(empty(t("app.loading")));
  try {
    const made = await load();
    if (box.asked === mine) box.replaceChildren(...[made].flat(Infinity).filter(Boolean));
  } catch (error) {
    if (box.asked === mine) box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  } finally {
    if (box.asked === mine) box.classList.remove("loading");
  }
}

/** Something asked for only when somebody opens it. */
export function fold(title, load, id = null) {
  const box = el("div", { class: "fold-body" });
  let loaded = false;
  return el("details", {
    class: "fold", id, ontoggle: (event) => {
      if (!event.target.open || loaded) return;
      loaded = true;
      fillWith(box, load);
    },
  }, el("summary", {}, title), box);
}

/** A radio group that looks like one strip; `options` are [value, text]. */
export function strip(name, title, options, value, onpick) {
  return el("div", { class: "chips", role: "radiogroup", "aria-label": title }, options.map(([code, text]) =>
    el("label", {}, el("input", { type: "radio", name, value: code, checked: code === value, onchange: () => onpick(code) }), el("span", {}, text))));
}
