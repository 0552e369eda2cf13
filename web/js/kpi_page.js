// /kpi: indicators of an area and a period; every rate with what it is made of, and the moment it is of.
import { ask, query, reason } from "./api.js";
import { areaPicker, areasOf } from "./area_picker.js";
import { byId, el, later } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";
import { boxes, count, made, named, rate, said, span, table } from "./kpi_parts.js";
import { failed } from "./paged_list.js";
import { session } from "./session.js";

const BY_AREA = ["subdistrict", "community", "grid"], BY = [...BY_AREA, "department", "category"];
const STAGES = ["total", "accept", "verify", "file", "dispatch", "sign", "handle", "check", "inspect"];
const PARTS = ["due", "done", "in_time", "late", "running"];
const OF_DEPARTMENTS = ["sign", "handle"]; // the stages that are a department's; the flow of cases is an area's
const state = { area: "", department: "", from: "", to: "", by: "community", stage: "handle" };
let round = 0;

const day = (date) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(date);
const today = () => day(new Date());

function months(back, long) {
  const [year, month] = today().split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 - back, 1)), last = new Date(Date.UTC(year, month - 1 - back + long, 0));
  return { from: first.toISOString().slice(0, 10), to: last.toISOString().slice(0, 10) };
}

const PERIODS = {
  this_month: () => months(0, 1), last_month: () => months(1, 1), last_year: () => months(11, 12),
};

const stagesTold = () => (state.department ? OF_DEPARTMENTS : STAGES);
const asked = () => ({ area: state.area, from: state.from, to: state.to, department: state.department,
  ...(["department", "category"].includes(state.by) ? { by: state.by } : { level: state.by }) });

function stages(found) {
  const rows = stagesTold().filter((name) => found.total.stages[name].due + found.total.stages[name].running).map((name) => {
    const five = found.total.stages[name];
    return [said(found.words.stages[name]), ...PARTS.map((part) => count(five[part], part === "late")), rate(five.done_rate), rate(five.in_time_rate)];
  });
  if (!rows.length) return el("section", { class: "card", id: "stages" }, el("h2", {}, t("kpi.stages")), el("p", { class: "empty" }, t("kpi.no_stages")));
  const headings = [t("kpi.stage"), ...PARTS.map((part) => said(found.words.parts[part])), t("kpi.done_rate"), t("kpi.in_time_rate")];
  return table(t("kpi.stages"), `${said(found.attribution.stages)} · ${t("kpi.parts_hint")}`, headings, rows, { id: "stages" });
}

function rates(found) {
  const row = (words, name, one) => [[said(words[name]), el("small", {}, made(words[name]))], rate(one), count(one.excluded)];
  const headings = [t("kpi.rate"), t("kpi.value"), t("kpi.excluded")];
  const flow = Object.entries(found.total.rates);
  return [
    flow.length ? table(t("kpi.flow_rates"), said(found.attribution.flow), headings, flow.map(([name, one]) => row(found.words.rates, name, one)), { id: "rates" }) : null,
    table(t("kpi.voices"), said(found.attribution.voices), headings,
      Object.entries(found.total.voices).map(([name, one]) => row(found.words.voices, name, one)), { id: "voices" }),
  ];
}

function lines(found) {
  if (!found.lines.length) return null;
  const words = found.words, stage = said(words.stages[state.stage]);
  const flowing = "reported" in found.lines[0].flow; // not by department
  const rows = found.lines.map((line) => {
    const five = line.stages[state.stage];
    return [named(line), ...(flowing ? [count(line.flow.reported), count(line.flow.closed), rate(line.rates.valid_report_rate)] : []),
      ...PARTS.map((part) => count(five[part], part === "late")), rate(five.in_time_rate)];
  });
  const headings = [t(`kpi.by.${state.by}`),
    ...(flowing ? [said(words.flow.reported), said(words.flow.closed), said(words.rates.valid_report_rate)] : []), ...PARTS.map((part) => said(words.parts[part])), t("kpi.in_time_rate")];
  return table(t("kpi.lines", { by: t(`kpi.by.${state.by}`) }), t("kpi.lines_hint", { stage }), headings, rows, { id: "lines" });
}

function places(found, stage) {
  const rows = found.places.map((one) => [named(one),
    el("td", { class: one.rank ? "n" : "n faint" }, one.rank ? number(one.rank) : t(`kpi.${one.unranked}`)),
    el("td", { class: "n" }, span(one.median_s)), count(one.n), count(one.open), el("td", { class: "n" }, span(one.longest_s))]);
  const headings = [t(`kpi.by.${state.by}`), t("kpi.place"), t("kpi.median"), t("kpi.cases"), t("kpi.still_open"), t("kpi.longest")];
  return table(t("kpi.places", { stage }), t("kpi.places_hint", { n: found.least }), headings, rows, { id: "places" });
}

function whistles(found) {
  const rows = ["answered", "arrived", "solved"].map((name) => [[said(found.words[name]), el("small", {}, made(found.words[name]))],
    rate(found[name]), count(found[name].excluded)]);
  const remark = `${said(found.attribution)} · ${t("kpi.whistled", { n: number(found.blown), called: number(found.called) })}`;
  return table(t("kpi.whistles"), remark, [t("kpi.rate"), t("kpi.value"), t("kpi.excluded")], rows, { id: "whistles" });
}

function workload(found) {
  const gini = (value) => (value === null ? t("kpi.not_told") : number(Math.round(1000 * value) / 1000));
  const rows = found.lines.map((one) => [named(one), count(one.cases), el("td", { class: "n" }, one.households === null ? t("kpi.not_told") : number(one.households)),
    el("td", { class: "n" }, one.per_1000_households === null ? "—" : number(Math.round(10 * one.per_1000_households) / 10))]);
  const remark = t("kpi.gini", { cases: gini(found.gini_cases), households: gini(found.gini_per_household) });
  return table(t("kpi.workload"), remark, [t(`kpi.by.${found.level}`), t("kpi.cases"), t("kpi.households"), t("kpi.per_1000")], rows, { id: "workload" });
}

const unitName = () => byId("department")?.selectedOptions[0]?.textContent;

function head(found) {
  const file = (kind) => el("a", { class: "button", download: "", href: `/api/v1/kpi/export${query({ ...asked(), format: kind })}` }, t(`kpi.${kind}`));
  return el("section", { class: "card" }, el("div", { class: "asof" },
    el("div", {}, el("h2", {}, [unitName(), named(found.total)].filter(Boolean).join(" · ")), el("p", { class: "hint" },
      t("kpi.period", { from: found.period.from, to: found.period.to, time: moment(found.as_of) }))),
    el("div", { class: "row" }, file("csv"), file("xlsx"))),
  ...(state.department ? [el("p", { class: "hint" }, t("kpi.department_hint"))] : [el("p", { class: "hint" }, said(found.attribution.flow)),
    boxes(Object.entries(found.total.flow).map(([name, n]) => [said(found.words.flow[name]), n]))]));
}

async function load() {
  if (!state.area || !state.from || !state.to) return;
  round += 1;
  const mine = round;
  byId("answer").setAttribute("aria-busy", "true");
  const ranked = { area: state.area, from: state.from, to: state.to, stage: state.stage,
    ...(state.by === "department" ? { by: "department" } : { level: state.by }) };
  try {
    const days = { area: state.area, from: state.from, to: state.to };
    const whole = !state.department; // comparing areas is for whoever answers for them
    const [found, ranking, blown, loads] = await Promise.all([
      ask(`/api/v1/kpi${query(asked())}`),
      !whole || state.by === "category" ? null : ask(`/api/v1/kpi/ranking${query(ranked)}`),
      whole ? ask(`/api/v1/kpi/whistles${query(days)}`) : null,
      !whole || ["department", "category"].includes(state.by) ? null : ask(`/api/v1/kpi/workload${query({ ...days, level: state.by })}`),
    ]);
    if (mine !== round) return;
    byId("problem").hidden = true;
    const parts = [head(found), stages(found), lines(found), ranking?.places.length ? places(ranking, said(found.words.stages[state.stage])) : null,
      loads?.lines.length ? workload(loads) : null, ...rates(found), blown ? whistles(blown) : null];
    byId("answer").replaceChildren(...parts.filter(Boolean));
  } catch (error) {
    if (mine !== round) return;
    byId("problem").textContent = reason(error);
    byId("problem").hidden = false;
  } finally {
    if (mine === round) byId("answer").setAttribute("aria-busy", "false");
    document.body.dataset.ready = "1";
  }
}

function build(roots, units) {
  const soon = later(load, 150);
  const dated = (name) => el("input", { type: "date", name, id: name, value: state[name], onchange: (event) => {
    state[name] = event.target.value;
    soon();
  } });
  const pick = (name, codes, words) => choice(name, codes.map((one) => [one, t(`${words}.${one}`)]), state[name], { id: name, onchange: (event) => {
    state[name] = event.target.value;
    soon();
  } });
  const area = areaPicker({ name: "area", label: t("kpi.area"), roots, onChange: (code) => {
    state.area = code;
    soon();
  } });
  const quick = el("div", { class: "row quick" }, Object.entries(PERIODS).map(([name, period]) => el("button", { type: "button", onclick: () => {
    Object.assign(state, period());
    byId("from").value = state.from;
    byId("to").value = state.to;
    soon();
  } }, t(`kpi.${name}`))));
  const department = units.length ? field(t("kpi.department"), choice("department", units.map((one) => [one.code, one.name]), state.department, { id: "department", onchange: (event) => {
    state.department = event.target.value;
    soon();
  } })) : null;
  byId("filters").replaceChildren(department ? el("div", {}, department, area) : area, field(t("kpi.from"), dated("from")), field(t("kpi.to"), dated("to")),
    el("div", {}, field(t("kpi.told_by"), pick("by", units.length ? BY_AREA : BY, "kpi.by")), field(t("kpi.stage"), pick("stage", stagesTold(), "kpi.stage_of"))), quick);
}

/** The departments somebody answers for, with those below them; only asked of whoever answers for no area. */
async function departments(found, roles) {
  const granting = new Set(roles.filter((role) => role.permissions.includes("kpi.read")).map((role) => role.code));
  const held = new Set(found.roles.filter((role) => role.department && granting.has(role.role)).map((role) => role.department.code));
  if (!held.size) return [];
  const all = await ask("/api/v1/departments"), above = new Map(all.map((one) => [one.code, one.parent]));
  const within = (code) => Boolean(code) && (held.has(code) || within(above.get(code)));
  return all.filter((one) => within(one.code)).sort((a, b) => held.has(b.code) - held.has(a.code));
}

async function start() {
  const [found, roles] = await Promise.all([session(), ask("/api/v1/roles")]);
  let roots = areasOf(found, roles, "kpi.read");
  const units = roots.length ? [] : await departments(found, roles);
  if (units.length) roots = await ask("/api/v1/areas");
  Object.assign(state, PERIODS.last_year(), { area: roots[0]?.code ?? "", department: units[0]?.code ?? "" });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  if (!roots.length) {
    byId("answer").replaceChildren(el("p", { class: "card empty" }, t("kpi.no_area")));
    document.body.dataset.ready = "1";
    return;
  }
  build(roots, units);
  await load();
}

start().catch(failed);
