// /campaigns: rounds of visits, as knocking on doors; what one came to at a moment, by grid, and what is unsolved.
import { ask, query, tell } from "./api.js";
import { areaPicker, areasOf } from "./area_picker.js";
import { byId, el } from "./dom.js";
import { choice, field, onSubmit, problemLine, textbox } from "./fields.js";
import { moment, number, t } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { boxes, count, rate, table } from "./kpi_parts.js";
import { failed, problem } from "./paged_list.js";
import { session } from "./session.js";

const PATH = "/api/v1/campaigns", KINDS = ["door_knocking", "check", "clean_up", "other"], RESULTS = ["met", "absent", "refused"];
const state = { open: location.hash.slice(1), asOf: "" };
let round = 0, works = false, begins = false;

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());

async function list() {
  const { items } = await ask(PATH);
  if (!items.some((one) => one.id === state.open)) state.open = items[0]?.id ?? "";
  byId("list").replaceChildren(el("h2", {}, t("campaigns.list")), items.length
    ? el("ul", {}, items.map((one) => el("li", {}, el("button", { type: "button", "aria-pressed": String(one.id === state.open), onclick: () => show(one.id) },
      el("strong", {}, one.name), el("small", {}, t("campaigns.line", { kind: t(`campaigns.kind.${one.kind}`), area: one.area_name, from: one.begins, to: one.ends }))))))
    : el("p", { class: "empty" }, t("campaigns.none"), " ", t(begins ? "campaigns.none_begin" : "campaigns.none_wait")));
}

function ageing(figures) {
  const words = figures.ageing.map((one, at) => [one.days ? t(at ? "campaigns.between" : "campaigns.days", { n: one.days, from: at ? figures.ageing[at - 1].days + 1 : 0 }) : t("campaigns.longer", { n: figures.ageing[at - 1].days }), one.n]);
  return el("section", { class: "card", id: "ageing" }, el("h2", {}, t("campaigns.ageing", { n: number(figures.unsolved) })), boxes(words));
}

function row(name, one) {
  return [name, rate(one.visited), count(one.absent), count(one.refused), rate(one.problem_rate), rate(one.solved_rate), count(one.unsolved, true)];
}

function figures(found) {
  const headings = ["grid", "visited", "absent", "refused", "problems", "solved", "unsolved"].map((name) => t(`campaigns.${name}`));
  const rows = [row(el("strong", {}, t("campaigns.total")), found.total), ...found.grids.map((one) => row(one.name, one))];
  return table(t("campaigns.figures"), t("campaigns.figures_hint"), headings, rows, { id: "figures" });
}

async function solve(one) {
  try {
    await tell("POST", `${PATH}/${state.open}/problems/${one.id}/solve`, {});
    await show(state.open);
  } catch (error) {
    problem(error);
  }
}

function unsolved(items) {
  const open = items.filter((one) => !one.solved_at);
  if (!open.length) return null;
  const rows = open.map((one) => [one.note, el("td", {}, one.area_name), el("td", {}, moment(one.registered_at)),
    el("td", {}, one.event ? t("campaigns.by_event", { number: one.event }) : works
      ? el("button", { type: "button", onclick: () => solve(one) }, t("campaigns.solve")) : null)]);
  return table(t("campaigns.open_problems"), null, ["problem", "grid", "registered", "action"].map((name) => t(`campaigns.${name}`)), rows, { id: "problems" });
}

function fieldwork(targets) {
  if (!works) return null;
  if (!targets.length) return begins ? null : el("p", { class: "card empty", id: "not-mine" }, t("campaigns.not_mine"));
  const building = () => field(t("campaigns.building"), choice("building", targets.map((one) => [one.code, one.address ?? one.code])));
  const visit = el("form", {}, el("h2", {}, t("campaigns.visit")), building(),
    field(t("campaigns.door"), textbox("door", { maxlength: 12, required: true, placeholder: "2-301" }), t("campaigns.door_hint")),
    field(t("campaigns.result"), choice("result", RESULTS.map((one) => [one, t(`campaigns.${one}`)]))),
    problemLine(), el("div", { class: "row" }, el("button", { class: "primary" }, t("campaigns.keep"))));
  const noted = el("form", {}, el("h2", {}, t("campaigns.note")), building(),
    field(t("campaigns.problem"), textbox("note", { maxlength: 120, required: true }), t("campaigns.note_hint")),
    problemLine(), el("div", { class: "row" }, el("button", { class: "primary" }, t("campaigns.keep"))));
  const send = (form, rest, body) => onSubmit(form, async (values) => {
    await tell("POST", `${PATH}/${state.open}/${rest}`, { id: uuid7(), ...body(values) });
    await show(state.open);
  });
  send(visit, "visits", (values) => ({ building: values.building, door: values.door.trim().toUpperCase(), result: values.result, visited_at: new Date().toISOString() }));
  send(noted, "problems", (values) => ({ building: values.building, note: values.note, registered_at: new Date().toISOString() }));
  return el("div", { class: "halves" }, el("section", { class: "card", id: "visit" }, visit), el("section", { class: "card", id: "note" }, noted));
}

async function show(id) {
  state.open = id;
  round += 1;
  const mine = round;
  try {
    await list();
    if (!state.open) return byId("answer").replaceChildren();
    history.replaceState(null, "", `#${state.open}`);
    const [found, targets, problems] = await Promise.all([ask(`${PATH}/${state.open}${query({ as_of: state.asOf })}`),
      ask(`${PATH}/${state.open}/targets`), ask(`${PATH}/${state.open}/problems`)]);
    if (mine !== round) return;
    problem(null);
    const asOf = el("input", { type: "date", name: "as_of", id: "as-of", value: state.asOf, max: today(), onchange: (event) => {
      state.asOf = event.target.value === today() ? "" : event.target.value;
      show(state.open);
    } });
    byId("answer").replaceChildren(...[el("section", { class: "card" }, el("div", { class: "asof" },
      el("div", {}, el("h2", {}, found.name), el("p", { class: "hint" }, t("campaigns.asof", { time: moment(found.as_of) }))), field(t("campaigns.as_of"), asOf))),
    figures(found), found.total.unsolved ? ageing(found.total) : null, state.asOf ? null : unsolved(problems.items), state.asOf ? null : fieldwork(targets.items)].filter(Boolean));
  } catch (error) {
    problem(error);
  } finally {
    document.body.dataset.ready = "1";
  }
}

function begin(roots) {
  if (!roots.length) return;
  const form = byId("new-form");
  const dated = (name) => el("input", { type: "date", name, value: today(), required: true });
  form.replaceChildren(field(t("campaigns.name"), textbox("name", { maxlength: 80, required: true })),
    field(t("campaigns.kind"), choice("kind", KINDS.map((one) => [one, t(`campaigns.kind.${one}`)]))),
    areaPicker({ name: "area", label: t("kpi.area"), roots }),
    el("div", { class: "pair" }, field(t("kpi.from"), dated("begins")), field(t("kpi.to"), dated("ends"))),
    el("p", { class: "hint" }, t("campaigns.targets_hint")), problemLine(),
    el("div", { class: "row" }, el("button", { class: "primary" }, t("campaigns.begin"))));
  onSubmit(form, async (values) => {
    const made = await tell("POST", PATH, { id: uuid7(), ...values });
    byId("new").open = false;
    await show(made.id);
  });
  byId("new").hidden = false;
}

async function start() {
  const [found, roles] = await Promise.all([session(), ask("/api/v1/roles")]);
  works = ["events.self_handle", "campaigns.manage"].some((one) => found.permissions.includes(one));
  begins = found.permissions.includes("campaigns.manage");
  begin(areasOf(found, roles, "campaigns.manage"));
  await show(state.open);
}

start().catch(failed);
