// The tab of workflows: the templates events follow, their states with limits, and who may take which step; a city's
// own, changed state by state and step by step, and its versions.
import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { has, label, listed, moment, number, t, title } from "./i18n.js";
import { problem } from "./paged_list.js";
import { word } from "./rules_import.js";
import { cell, changesOf, folded, table as records, tag, whoWhen } from "./rules_parts.js";
import { backToWorkflow, editState, editStep, exported, importWorkflow, ownWorkflow } from "./rules_workflow_form.js";
import { picture } from "./rules_workflow_picture.js";

let items = [], known = null;

const permission = (code) => (has(`permission.${code}`) ? t(`permission.${code}`) : code);
const limit = (state) => (state.limit_value ? t(`rules.limit.${state.limit_kind}`, { n: number(state.limit_value) }) : "—");

function conditions(edge) {
  return [
    edge.requires.length ? t("rules.requires", { names: listed(edge.requires.map((one) => word("member", one))) }) : null,
    edge.max_distance_m ? t("rules.within", { n: number(edge.max_distance_m) }) : null,
    edge.not_by.length ? t("rules.not_by", { names: listed(edge.not_by.map((one) => word("step", one))) }) : null,
  ].filter(Boolean);
}

function who(edge) {
  const parts = [edge.permission ? permission(edge.permission) : null, edge.party ? word("party", edge.party) : null, edge.by_system ? t("rules.system_too") : null];
  return listed(parts.filter(Boolean)) || "—";
}

/** Steps that differ in where they begin alone, in one line; one that goes nowhere stays where it is. */
function grouped(edges, named) {
  const found = new Map();
  for (const edge of edges) {
    const line = { edge, who: who(edge), conditions: conditions(edge), to: edge.to === edge.from ? null : named(edge.to) };
    const key = JSON.stringify([edge.command, label(edge), line.who, line.conditions, line.to]);
    if (!found.has(key)) found.set(key, { ...line, from: [], edges: [] });
    found.get(key).from.push(named(edge.from));
    found.get(key).edges.push(edge);
  }
  return [...found.values()];
}

const editButton = (name, action) => el("button", { type: "button", "aria-label": t("dispatch.about_rule", { act: t("rules.edit"), rule: name }), onclick: action }, t("rules.edit"));
const isOwn = (found) => Boolean(found.area) && known.roots.some((root) => found.area.startsWith(root.code));

/** Read everything anew and show a template. */
async function reload(code) {
  items = (await ask("/api/v1/workflows")).items;
  byId("workflow").replaceChildren(...items.map((one) => el("option", { value: one.code, selected: one.code === code }, label(one))));
  await show(code);
  byId("workflow").focus();
}

async function history(found) {
  const acts = await changesOf("workflow", found.code), own = isOwn(found);
  return el("div", { class: "table" }, records("workflow-versions", t("rules.versions"), [t("rules.version"), t("rules.who_when_head"), t("rules.validity"), t("rules.act")], found.versions.map((one) => el("tr", {},
    el("th", { scope: "row" }, number(one.version), " ", one.ended_at ? null : tag(t("rules.in_force"), "ok")), cell(t("rules.who_when_head"), whoWhen(acts.find((act) => act.details.version === one.version) ?? null)),
    cell(t("rules.validity"), `${moment(one.created_at)} – ${one.ended_at ? moment(one.ended_at) : ""}`),
    el("td", {}, own && one.version !== found.version ? el("button", { type: "button", onclick: () => backToWorkflow(found, one.version, reload).catch(problem) }, t("rules.go_back")) : null)))));
}

function acting(found) {
  return el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "own-workflow", onclick: () => ownWorkflow(found, known, reload) }, t("rules.own_workflow")),
    el("button", { type: "button", id: "export-workflow", onclick: () => exported(found) }, t("rules.export_workflow")), el("button", { type: "button", id: "import-workflow", onclick: () => importWorkflow(reload) }, t("rules.import_workflow")));
}

function tables(found) {
  const own = isOwn(found);
  const names = new Map(found.states.map((state) => [state.status, label(state)]));
  const named = (status) => names.get(status) ?? status;
  const states = found.states.map((state) => el("tr", { "data-status": state.status }, el("th", { scope: "row" }, title(state), el("code", {}, state.status)),
    el("td", { "data-label": t("rules.limit") }, limit(state)),
    el("td", { "data-label": t("rules.then") }, state.timeout ? word("step", state.timeout) : "—"),
    own ? el("td", {}, editButton(label(state), () => editState(found, state, reload))) : null));
  const edges = grouped(found.edges, named).map(({ edge, edges: ofLine, from, to, who: whom, conditions: told }) => el("tr", {}, el("th", { scope: "row" }, title(edge), el("code", {}, edge.command)),
    el("td", { class: "long", "data-label": t("rules.step_from") }, to ? `${listed(from)} → ${to}` : listed(from)), el("td", { class: "long", "data-label": t("rules.who") }, whom),
    told.length ? el("td", { class: "long", "data-label": t("rules.conditions") }, told.map((one) => el("small", {}, one))) : el("td", {}),
    own ? el("td", {}, editButton(label(edge), () => editStep(found, ofLine, reload))) : null));
  const table = (caption, heads, rows) => el("section", { class: "card table" }, el("table", { class: "records" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, t(`rules.${one}`))))), el("tbody", {}, rows)));
  const act = own ? ["act"] : [];
  return [table(t("rules.states"), ["state", "limit", "then", ...act], states), table(t("rules.steps"), ["step", "step_from", "who", "conditions", ...act], edges)];
}

async function show(code) {
  const one = items.find((item) => item.code === code);
  const found = await ask(`/api/v1/workflows/${encodeURIComponent(code)}`);
  if (byId("workflow").value !== code) return; // another was chosen meanwhile
  byId("workflow-answer").dataset.code = code;
  byId("workflow-about").textContent = t("rules.workflow_about", {
    version: number(found.version), where: found.area ?? t("rules.everywhere"), schemes: one.schemes.length ? listed(one.schemes.map((scheme) => word("scheme", scheme))) : t("rules.all"),
  });
  byId("workflow-answer").replaceChildren(acting(found), el("details", { class: "card fold" }, el("summary", {}, t("rules.picture")), el("div", { class: "picture" }, picture(found))), ...tables(found), folded(t("rules.versions"), () => history(found)));
}

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  items = (await ask("/api/v1/workflows")).items;
  panel.replaceChildren(
    el("form", { class: "card filters", onsubmit: (event) => event.preventDefault() },
      field(t("rules.workflow"), choice("workflow", items.map((one) => [one.code, label(one)]), items[0]?.code, { id: "workflow", onchange: (event) => show(event.target.value).catch(problem) }))),
    el("p", { class: "hint", id: "workflow-about", role: "status" }), el("div", { id: "workflow-answer" }), el("p", { class: "hint" }, t("rules.workflow_note")));
  if (items.length) await show(items[0].code);
}
