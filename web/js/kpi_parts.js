// How indicators look: a rate with its base and a bar, tables, counts. A rate over nothing is told in words.
import { el } from "./dom.js";
import { lang, number, percent, t } from "./i18n.js";

const FEW = 3;

export const said = (words) => (lang === "en" ? words.en : words.zh);
export const made = (words) => (lang === "en" ? words.of_en : words.of_zh);
export const named = (line) => (lang === "en" ? line.name_en || line.name : line.name);

/** A cell with a rate: per cent, numerator of denominator, a bar. Nothing to count: words, no bar. */
export function rate(one) {
  if (!one) return el("td", { class: "rate faint" }, t("kpi.not_told"));
  if (one.value === null) return el("td", { class: "rate faint" }, t("kpi.no_base"));
  const bar = el("i", { class: "barlet", "aria-hidden": "true" });
  bar.style.width = `${Math.min(100, Math.round(100 * one.value))}%`;
  return el("td", { class: "rate" }, el("strong", {}, percent(one.value)),
    el("small", {}, t("kpi.of", { n: number(one.numerator), of: number(one.denominator) })),
    el("span", { class: "track", "aria-hidden": "true" }, bar));
}

export const count = (n, bad = false) => el("td", { class: bad && n ? "n bad" : "n" }, number(n));

/** A table: caption with a remark, headings, rows of [heading, ...cells]. */
export function table(caption, remark, headings, rows, attributes = {}) {
  return el("section", { class: "card table", ...attributes }, el("table", { class: "records slim" },
    el("caption", {}, caption, remark ? el("small", {}, remark) : null, headings.length > FEW ? el("small", { class: "swipe" }, t("kpi.swipe")) : null),
    el("thead", {}, el("tr", {}, headings.map((one, at) => el("th", { scope: "col", class: at ? "n" : null }, one)))),
    el("tbody", {}, rows.map(([first, ...cells]) => el("tr", {}, el("th", { scope: "row" }, first), cells)))));
}

/** Counts in a grid of small boxes. */
export const boxes = (pairs) => el("dl", { class: "flow" }, pairs.map(([name, n]) => el("div", {}, el("dt", {}, name), el("dd", {}, number(n)))));

/** A time in the largest unit that suits it. */
export function span(seconds) {
  if (seconds === null) return "—";
  const [unit, by] = seconds < 5400 ? ["minutes", 60] : seconds < 172800 ? ["hours", 3600] : ["days", 86400];
  return t(`kpi.${unit}`, { n: number(Math.round((10 * seconds) / by) / 10) });
}
