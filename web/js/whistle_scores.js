// Department scores of the whistle for the annual assessment: departments of one period, or the periods of each
// department, month by month of a year or year by year. Counts and rates, no composite score.
import { ask, query, reason } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";
import { count, rate } from "./kpi_parts.js";

const FIRST_YEAR = 2000, LAST_YEAR = 2100, RUNS = new Set(["months", "years"]);
let round = 0;

const thisMonth = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date()).slice(0, 7);

/** A rate with what it is made of, and how many still wait beside it. */
function share(one) {
  const cell = rate(one);
  if (one.waiting) cell.append(el("small", {}, t("scores.waiting", { n: number(one.waiting) })));
  return cell;
}

/** The mean marks, of how many ratings. */
function marks(one) {
  const means = one.n ? ["timeliness", "effort", "result"].map((name) => el("span", {}, t("scores.mean", { what: t(`whistle.${name}`), mark: number(Math.round(one[name] * 100) / 100) }))) : el("span", { class: "faint" }, t("kpi.no_base"));
  return el("td", { class: "means" }, means, el("small", {}, t("scores.rated", { n: number(one.n), unrated: number(one.unrated) })));
}

const cell = (name, made) => {
  made.dataset.label = t(`scores.${name}`);
  made.replaceChildren(el("div", {}, [...made.childNodes])); // beside its label on a phone
  return made;
};

/** Appeals against the ratings: none, or how many wait, were granted, were denied. */
function appeals(one) {
  const told = ["asked", "granted", "denied"].filter((name) => one[name]).map((name) => el("small", {}, t(`scores.${name}`, { n: number(one[name]) })));
  return el("td", {}, told.length ? told : el("span", { class: "faint" }, t("scores.no_appeal")));
}

const COLUMNS = ["called", "answered", "arrived", "solved", "ratings", "appeals", "excluded"];
const scored = (one) => [cell("called", count(one.called)), ...["answered", "arrived", "solved"].map((name) => cell(name, share(one[name]))),
  cell("ratings", marks(one.ratings)), cell("appeals", appeals(one.appeals)), cell("excluded", el("td", {}, el("small", {}, t("scores.released", { n: number(one.excluded.released) })), el("small", {}, t("scores.exempt", { n: number(one.excluded.exempt) }))))];
const row = (name, one) => el("tr", {}, el("th", { scope: "row" }, el("strong", {}, name)), one ? scored(one) : cell("called", el("td", { class: "faint", colSpan: COLUMNS.length }, t("scores.not_called"))));

/** A table: what it is of, a remark, the heading of its first column, rows. */
const sheet = (caption, hint, first, rows, attributes) => el("section", { class: "card table scores", ...attributes }, el("table", { class: "records" },
  el("caption", {}, caption, hint ? el("small", {}, hint) : null),
  el("thead", {}, el("tr", {}, [first, ...COLUMNS].map((name) => el("th", { scope: "col" }, t(`scores.${name}`))))), el("tbody", {}, rows)));

const hint = (found) => t("scores.hint", { time: moment(found.as_of) });

const compared = (found) => [sheet(t("scores.caption", { period: found.period.label }), hint(found), "department", found.departments.map((one) => row(one.name, one)), { id: "scores" })];

/** A table for each department, a row for each period; the whole at the end. Periods before the first call are left out. */
function run(found, asked) {
  const files = el("div", { class: "head" }, el("p", { class: "hint" }, hint(found)), el("p", { class: "row" }, ["csv", "xlsx"].map((format) => el("a", { class: "button", download: "", href: `/api/v1/whistles/scores/export${query({ ...asked, format })}` }, t(`kpi.${format}`)))));
  const first = Math.min(...found.departments.map((one) => one.scores.findIndex(Boolean)).filter((at) => at >= 0));
  return [files, ...found.departments.map((one) => sheet(one.name, null, "by", one.scores.map((score, at) => (at < first ? null : row(found.periods[at].label, score))), { "data-department": one.code }))];
}

async function load(form) {
  round += 1;
  const mine = round, given = new FormData(form), by = given.get("by"), box = byId("scores-answer"), department = given.get("department");
  byId("of-month").hidden = by !== "month";
  byId("of-year").hidden = !["year", "months"].includes(by);
  try {
    const asked = { department, [by === "month" ? "month" : "year"]: by === "years" ? "" : given.get(by === "month" ? "month" : "year") };
    const found = await ask(`/api/v1/whistles/scores${RUNS.has(by) ? "/run" : ""}${query(asked)}`);
    if (mine !== round) return;
    const called = RUNS.has(by) ? found.departments.some((one) => one.scores.some(Boolean)) : found.departments.some((one) => one.called);
    box.replaceChildren(...(called ? (RUNS.has(by) ? run(found, asked) : compared(found)) : [el("p", { class: "card empty" }, t("scores.none"))]));
  } catch (error) {
    if (mine === round) box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  }
}

/** Show the scores in a box: which period or run of periods, which department, and the tables. */
export async function showScores(box) {
  const now = thisMonth(), units = await ask("/api/v1/departments");
  const form = el("form", { class: "card filters", id: "scores-form" },
    field(t("scores.by"), choice("by", ["month", "year", "months", "years"].map((one) => [one, t(`scores.by.${one}`)]))),
    el("div", { id: "of-month" }, field(t("scores.month"), el("input", { type: "month", name: "month", value: now, required: true }))),
    el("div", { id: "of-year", hidden: true }, field(t("scores.year"), el("input", { type: "number", name: "year", value: now.slice(0, 4), min: FIRST_YEAR, max: LAST_YEAR, required: true }))),
    field(t("scores.department"), choice("department", [["", t("scores.all")], ...units.map((one) => [one.code, one.name])])));
  form.addEventListener("change", () => load(form));
  form.addEventListener("submit", (event) => event.preventDefault());
  box.replaceChildren(form, el("div", { id: "scores-answer", "aria-live": "polite" }));
  await load(form);
}
