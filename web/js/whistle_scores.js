// Department scores of the whistle by month or year, for the annual assessment: counts and rates, no composite score.
import { ask, query, reason } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";
import { count, rate } from "./kpi_parts.js";

const FIRST_YEAR = 2000, LAST_YEAR = 2100;
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
  return made;
};

function row(one) {
  return el("tr", {}, el("th", { scope: "row" }, el("strong", {}, one.name)), cell("called", count(one.called)), ...["answered", "arrived", "solved"].map((name) => cell(name, share(one[name]))),
    cell("ratings", marks(one.ratings)), cell("excluded", el("td", {}, el("small", {}, t("scores.released", { n: number(one.excluded.released) })), el("small", {}, t("scores.exempt", { n: number(one.excluded.exempt) })))));
}

const HEADINGS = ["department", "called", "answered", "arrived", "solved", "ratings", "excluded"];

function sheet(found) {
  return el("section", { class: "card table", id: "scores" }, el("table", { class: "records" },
    el("caption", {}, t("scores.caption", { period: found.period.label }), el("small", {}, t("scores.hint", { time: moment(found.as_of) }))),
    el("thead", {}, el("tr", {}, HEADINGS.map((name) => el("th", { scope: "col" }, t(`scores.${name}`))))), el("tbody", {}, found.departments.map(row))));
}

async function load(form) {
  round += 1;
  const mine = round, given = new FormData(form), by = given.get("by"), box = byId("scores-answer");
  byId("of-month").hidden = by !== "month";
  byId("of-year").hidden = by !== "year";
  try {
    const found = await ask(`/api/v1/whistles/scores${query({ [by]: given.get(by) })}`);
    if (mine !== round) return;
    box.replaceChildren(found.departments.length
      ? sheet(found)
      : el("p", { class: "empty" }, t("scores.none")));
  } catch (error) {
    if (mine === round) box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  }
}

/** Show the scores in a box: a month or a year, and the table. */
export async function showScores(box) {
  const now = thisMonth();
  const form = el("form", { class: "card filters", id: "scores-form" },
    field(t("scores.by"), choice("by", [["month", t("scores.month")], ["year", t("scores.year")]])),
    el("div", { id: "of-month" }, field(t("scores.month"), el("input", { type: "month", name: "month", value: now, required: true }))),
    el("div", { id: "of-year", hidden: true }, field(t("scores.year"), el("input", { type: "number", name: "year", value: now.slice(0, 4), min: FIRST_YEAR, max: LAST_YEAR, required: true }))));
  form.addEventListener("change", () => load(form));
  form.addEventListener("submit", (event) => event.preventDefault());
  box.replaceChildren(form, el("div", { id: "scores-answer", "aria-live": "polite" }));
  await load(form);
}
