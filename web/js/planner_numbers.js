// How it is: every rate with numerator, denominator, period and as-of time; preset, reasons, equity beside.
import { el } from "./dom.js";
import { has, moment, number, percent, t } from "./i18n.js";
import { NONE, absent, count, hint, row, section, share, table, why } from "./planner_parts.js";

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

function totals(answer) {
  const rows = Object.entries(answer.totals).filter(([key]) => has(`count.${key}`)).map(([key, one]) =>
    row(t(`count.${key}`), count(one?.covered, answer.suppressed), count(one?.total, answer.suppressed), share(one ?? NONE)));
  return table(t("planner.totals"), [t("planner.group"), t("planner.covered"), t("planner.total"), t("planner.rate")], rows);
}

/** Covered twice, within the straight line, near the limit: beside the answer, never instead of it. */
function beside(answer) {
  const rows = [];
  const add = (id, key, one) => one && rows.push(el("tr", { "data-row": id }, el("th", { scope: "row" }, t(key)), el("td", {}, count(one.covered, answer.suppressed)), el("td", {}, share(one))));
  add("overlap", "planner.overlap", answer.overlap?.residents);
  add("straight", "planner.straight", answer.straight?.residents);
  if (answer.borderline) rows.push(row(t("planner.borderline"), count(answer.borderline.residents, answer.suppressed), t("planner.n_buildings", { n: number(answer.borderline.buildings) })));
  if (!rows.length) return null;
  return [section(t("planner.beside")), table(t("planner.beside"), [t("planner.group"), t("count.residents"), t("planner.rate")], rows),
    answer.straight ? el("p", { class: "hint pad" }, t("planner.straight_hint")) : null];
}

function worst(communities, onArea) {
  const told = communities.map((one) => ({ ...one, residents: one.residents ?? NONE }));
  const missing = (one) => (absent(one.residents.total) ? null : one.residents.total - one.residents.covered);
  const rows = told.map((one) => ({ ...one, missing: missing(one) })).filter((one) => one.missing !== 0).sort((a, b) => (b.missing ?? -1) - (a.missing ?? -1));
  if (!rows.length) return el("p", { class: "empty" }, t("planner.none_uncovered"));
  return table(t("planner.uncovered_communities"), [t("planner.community"), t("planner.missing"), t("planner.total"), t("planner.rate")],
    rows.map((one) => row(el("button", { type: "button", onclick: () => onArea(one.code) }, one.name),
      count(one.missing, one.suppressed), count(one.residents.total, one.suppressed), share(one.residents))));
}

function reasons(list) {
  const rows = (list ?? []).filter((one) => one.buildings > 0).map((one) =>
    row(has(`reason.${one.reason}`) ? t(`reason.${one.reason}`) : one.reason, number(one.buildings), count(one.residents)));
  if (!rows.length) return null;
  return section(t("planner.reasons"), table(t("planner.reasons"), [t("planner.reason"), t("count.buildings"), t("count.residents")], rows),
    list.some((one) => one.reason === "barrier" && one.buildings > 0) ? hint(t("reason.barrier_hint"), { class: "hint pad" }) : null);
}

/** The whole answer as elements. `onArea(code)` is called for a community somebody picks. */
export function numbers(answer, what, onArea, more = []) {
  const stations = answer.stations ?? {};
  return [
    headline(answer, what), totals(answer), beside(answer),
    section(t("planner.uncovered_communities"), worst(answer.communities ?? [], onArea)),
    reasons(answer.uncovered_reasons), more,
    el("div", { class: "provenance" },
      el("p", {}, t("planner.stations", { existing: number(stations.existing ?? null), planned: number((stations.planned ?? 0) + (stations.under_construction ?? 0)) })),
      el("p", {}, t("planner.asof", { time: moment(answer.as_of) })),
      el("p", {}, t("planner.versions", { rule: answer.rule_version ?? "—", network: String(answer.network_version ?? "—").slice(0, 12) })),
      el("p", {}, t("planner.drawing"))),
  ];
}
