// The numbers beside the planner's map: every rate with numerator, denominator, period and as-of time.
import { query } from "./api.js";
import { el } from "./dom.js";
import { has, moment, number, percent, t } from "./i18n.js";

const NONE = { covered: null, total: null, rate: null };
const absent = (value) => value === null || value === undefined;
/** Why a count is not told: outside the areas whose people the asker may see, or too small. */
const why = (outside) => t(outside ? "planner.outside_word" : "app.withheld");
/** A count of people; null where it is not told, in words that are no number. */
const count = (value, outside = false) => (absent(value) ? el("span", { class: "withheld" }, why(outside)) : number(value));
const share = (one) => (absent(one.total) ? el("span", { class: "withheld" }, "—") : percent(one.rate));

function headline(answer, what) {
  const { covered, total, rate } = answer.totals.residents ?? NONE;
  if (absent(total)) {
    return el("section", { class: "big" }, el("p", { class: "of" }, t("planner.residents_within", { what })),
      el("p", { class: "rate withheld", id: "rate" }, why(answer.suppressed)),
      el("p", { class: "of", id: "fraction" }, t(answer.suppressed ? "planner.outside" : "planner.withheld")));
  }
  const bar = el("i");
  bar.style.width = `${Math.round((rate ?? 0) * 1000) / 10}%`;
  return el("section", { class: "big" },
    el("p", { class: "of" }, t("planner.residents_within", { what })),
    el("p", { class: "rate", id: "rate" }, percent(rate)),
    el("p", { class: "of num", id: "fraction" }, t("planner.of", { covered: number(covered), total: number(total) })),
    el("div", { class: "meter", role: "img", "aria-label": t("planner.meter", { rate: percent(rate) }) }, bar),
    el("p", { class: "of num", id: "uncovered" }, t("planner.uncovered_residents", { n: number(total - covered) })));
}

function table(caption, heads, rows) {
  return el("table", { class: "numbers" }, el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows));
}

function totals(answer) {
  const rows = Object.entries(answer.totals).filter(([key]) => has(`count.${key}`)).map(([key, one]) => el("tr", {},
    el("th", { scope: "row" }, t(`count.${key}`)), el("td", {}, count(one?.covered, answer.suppressed)), el("td", {}, count(one?.total, answer.suppressed)), el("td", {}, share(one ?? NONE))));
  return table(t("planner.totals"), [t("planner.group"), t("planner.covered"), t("planner.total"), t("planner.rate")], rows);
}

function worst(communities, onArea) {
  const told = communities.map((one) => ({ ...one, residents: one.residents ?? NONE }));
  const missing = (one) => (absent(one.residents.total) ? null : one.residents.total - one.residents.covered);
  const rows = told.map((one) => ({ ...one, missing: missing(one) })).filter((one) => one.missing !== 0).sort((a, b) => (b.missing ?? -1) - (a.missing ?? -1));
  if (!rows.length) return el("p", { class: "empty" }, t("planner.none_uncovered"));
  return table(t("planner.uncovered_communities"), [t("planner.community"), t("planner.missing"), t("planner.total"), t("planner.rate")],
    rows.map((one) => el("tr", {}, el("th", { scope: "row" }, el("button", { type: "button", onclick: () => onArea(one.code) }, one.name)),
      el("td", {}, count(one.missing, one.suppressed)), el("td", {}, count(one.residents.total, one.suppressed)), el("td", {}, share(one.residents)))));
}

function reasons(list) {
  const rows = (list ?? []).filter((one) => one.buildings > 0).map((one) => el("tr", {},
    el("th", { scope: "row" }, has(`reason.${one.reason}`) ? t(`reason.${one.reason}`) : one.reason), el("td", {}, number(one.buildings)), el("td", {}, count(one.residents))));
  if (!rows.length) return null;
  return [el("section", { class: "section" }, el("h3", {}, t("planner.reasons"))), table(t("planner.reasons"), [t("planner.reason"), t("count.buildings"), t("count.residents")], rows)];
}

function downloads(parameters) {
  return el("nav", { class: "downloads", "aria-label": t("planner.download") }, ["xlsx", "gpkg", "geojson"].map((format) =>
    el("a", { class: "button", href: `/api/v1/coverage/export${query({ ...parameters, format })}`, download: "", "data-format": format }, format === "xlsx" ? "Excel" : format === "gpkg" ? "GPKG" : "GeoJSON")));
}

/** The whole answer as elements, files for whom may have them. `onArea(code)` is called for a community somebody picks. */
export function numbers(answer, what, parameters, onArea, permissions) {
  const stations = answer.stations ?? {};
  return [
    headline(answer, what), totals(answer),
    el("section", { class: "section" }, el("h3", {}, t("planner.uncovered_communities"))), worst(answer.communities ?? [], onArea),
    reasons(answer.uncovered_reasons),
    permissions.includes("coverage.export") ? [el("section", { class: "section" }, el("h3", {}, t("planner.download"))), downloads(parameters)] : null,
    el("div", { class: "provenance" },
      el("p", {}, t("planner.stations", { existing: number(stations.existing ?? null), planned: number((stations.planned ?? 0) + (stations.under_construction ?? 0)) })),
      el("p", {}, t("planner.asof", { time: moment(answer.as_of) })),
      el("p", {}, t("planner.versions", { rule: answer.rule_version ?? "—", network: String(answer.network_version ?? "—").slice(0, 12) })),
      el("p", {}, t("planner.provisional"))),
  ];
}
