// /statistics: what everybody may know, by area and month; small counts are withheld, and say so in words.
import { ask, query, reason } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";

const LEVELS = ["district", "subdistrict", "community"], MONTHS = 24, KINDS = ["opened", "closed"];
const state = { level: "subdistrict", month: "", area: "" };
let answer = null, round = 0;

/** A count with a bar beside it; none where the number is withheld: words then, no length that would tell it. */
function cell(kind, value, most) {
  const about = { class: "n", "data-kind": kind };
  if (value === null || value === undefined) return el("td", about, el("span", { class: "withheld" }, t("statistics.withheld")));
  const bar = el("i", { class: "barlet", "aria-hidden": "true" });
  bar.style.width = `${most ? Math.round((100 * value) / most) : 0}%`;
  return el("td", about, el("span", { class: "count" }, number(value)), el("span", { class: "track", "aria-hidden": "true" }, bar));
}

function table(caption, first, rows) {
  const most = Math.max(0, ...rows.flatMap((row) => KINDS.map((kind) => row.cell?.[kind] ?? 0)));
  return el("section", { class: "card table" }, el("table", { class: "records slim" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, first), KINDS.map((kind) => el("th", { scope: "col", class: "n" }, t(`statistics.${kind}`))))),
    el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.name), KINDS.map((kind) => cell(kind, row.cell?.[kind], most)))))));
}

const cellOf = (area, month) => area.cells.find((one) => one.month === month);

function byArea() {
  const rows = answer.areas.map((area) => ({
    name: el("button", { type: "button", class: "link", onclick: () => {
      state.area = area.code;
      show();
      byId("all-areas").focus();
    } }, area.name), cell: cellOf(area, state.month),
  }));
  return table(t("statistics.in_month", { month: state.month }), t("statistics.area"), rows);
}

function byMonth(area) {
  const rows = [...answer.months].reverse().map((month) => ({ name: month, cell: cellOf(area, month) }));
  return [el("p", { class: "row" }, el("button", { type: "button", id: "all-areas", onclick: () => {
    state.area = "";
    show();
    byId("month").focus();
  } }, t("statistics.all_areas"))), table(t("statistics.of_area", { name: area.name }), t("statistics.month"), rows)];
}

function show() {
  const area = answer.areas.find((one) => one.code === state.area);
  byId("month").disabled = Boolean(area);
  byId("answer").replaceChildren(...(answer.months.length
    ? [area ? byMonth(area) : byArea(), el("p", { class: "hint" }, t("statistics.asof", { time: moment(answer.as_of) }))]
    : [el("p", { class: "card empty" }, t("statistics.none"))]).flat());
}

function build() {
  const level = choice("level", LEVELS.map((one) => [one, t(`statistics.by.${one}`)]), state.level, { id: "level", onchange: (event) => {
    Object.assign(state, { level: event.target.value, area: "" });
    load();
  } });
  const month = choice("month", [...answer.months].reverse().map((one) => [one, one]), state.month, { id: "month", onchange: (event) => {
    state.month = event.target.value;
    show();
  } });
  byId("filters").replaceChildren(field(t("statistics.level"), level), field(t("statistics.month"), month));
}

async function load() {
  round += 1;
  const mine = round;
  try {
    const found = await ask(`/api/v1/public/statistics${query({ level: state.level, months: MONTHS })}`);
    if (mine !== round) return;
    answer = found;
    if (!answer.months.includes(state.month)) state.month = answer.months.at(-1) ?? "";
    byId("problem").hidden = true;
    build();
    show();
  } catch (error) {
    byId("problem").textContent = reason(error);
    byId("problem").hidden = false;
  } finally {
    document.body.dataset.ready = "1";
  }
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());
load();
