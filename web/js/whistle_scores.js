// Department scores of the whistle by month or year, for the annual assessment: counts and rates, no composite score.
import { ask, query, reason } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";
import { count, rate, table } from "./kpi_parts.js";

const FIRST_YEAR = 2000, LAST_YEAR = 2100;
let round = 0;

const thisMonth = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date()).slice(0, 7);

/** A rate with what it is made of, and how many still wait beside it. */
function share(one) {
  const cell = rate(one);
  if (one.waiting) cell.append(el("small", {}, t("scores.waiting", { n: number(one.waiting) })));
  return cell;
}

function marks(one, name) {
  return el("td", { class: "n" }, one[name] === null ? t("scores.no_mark") : number(Math.round(one[name] * 100) / 100));
}

function rows(found) {
  return found.departments.map((one) => [el("strong", {}, one.name), count(one.called), share(one.answered), share(one.arrived), share(one.solved),
    ...["timeliness", "effort", "result"].map((name) => marks(one.ratings, name)), count(one.ratings.n), count(one.ratings.unrated),
    el("td", { class: "n" }, t("scores.excluded_of", { released: number(one.excluded.released), exempt: number(one.excluded.exempt) }))]);
}

const HEADINGS = ["department", "called", "answered", "arrived", "solved", "timeliness", "effort", "result", "rated", "unrated", "excluded"];

async function load(form) {
  round += 1;
  const mine = round, given = new FormData(form), by = given.get("by"), box = byId("scores-answer");
  byId("of-month").hidden = by !== "month";
  byId("of-year").hidden = by !== "year";
  try {
    const found = await ask(`/api/v1/whistles/scores${query({ [by]: given.get(by) })}`);
    if (mine !== round) return;
    box.replaceChildren(found.departments.length
      ? table(t("scores.caption", { period: found.period.label }), t("scores.hint", { time: moment(found.as_of) }), HEADINGS.map((name) => t(`scores.${name}`)), rows(found), { id: "scores" })
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
