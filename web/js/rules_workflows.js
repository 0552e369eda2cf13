// The tab of workflows: the templates events follow, their states with limits, and who may take which step. Read only:
// a city's own template is sent to the API, which says what is wrong with it.
import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { has, label, listed, number, t, title } from "./i18n.js";
import { word } from "./rules_import.js";

let items = [];

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
    if (!found.has(key)) found.set(key, { ...line, from: [] });
    found.get(key).from.push(named(edge.from));
  }
  return [...found.values()];
}

function tables(found) {
  const names = new Map(found.states.map((state) => [state.status, label(state)]));
  const named = (status) => names.get(status) ?? status;
  const states = found.states.map((state) => el("tr", { "data-status": state.status }, el("th", { scope: "row" }, title(state), el("code", {}, state.status)),
    el("td", { "data-label": t("rules.limit") }, limit(state)),
    el("td", { "data-label": t("rules.then") }, state.timeout ? word("step", state.timeout) : "—")));
  const edges = grouped(found.edges, named).map(({ edge, from, to, who: whom, conditions: told }) => el("tr", {}, el("th", { scope: "row" }, title(edge), el("code", {}, edge.command)),
    el("td", { class: "long", "data-label": t("rules.step_from") }, to ? `${listed(from)} → ${to}` : listed(from)), el("td", { class: "long", "data-label": t("rules.who") }, whom),
    told.length ? el("td", { class: "long", "data-label": t("rules.conditions") }, told.map((one) => el("small", {}, one))) : el("td", {})));
  const table = (caption, heads, rows) => el("section", { class: "card table" }, el("table", { class: "records" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, t(`rules.${one}`))))), el("tbody", {}, rows)));
  return [table(t("rules.states"), ["state", "limit", "then"], states), table(t("rules.steps"), ["step", "step_from", "who", "conditions"], edges)];
}

async function show(code) {
  const one = items.find((item) => item.code === code);
  const found = await ask(`/api/v1/workflows/${encodeURIComponent(code)}`);
  byId("workflow-about").textContent = t("rules.workflow_about", {
    version: number(found.version), where: found.area ?? t("rules.everywhere"), schemes: one.schemes.length ? listed(one.schemes.map((scheme) => word("scheme", scheme))) : t("rules.all"),
  });
  byId("workflow-answer").replaceChildren(...tables(found));
}

/** Fill the panel. */
export async function open(panel) {
  items = (await ask("/api/v1/workflows")).items;
  panel.replaceChildren(
    el("form", { class: "card filters", onsubmit: (event) => event.preventDefault() },
      field(t("rules.workflow"), choice("workflow", items.map((one) => [one.code, label(one)]), items[0]?.code, { id: "workflow", onchange: (event) => show(event.target.value) }))),
    el("p", { class: "hint", id: "workflow-about", role: "status" }), el("div", { id: "workflow-answer" }), el("p", { class: "hint" }, t("rules.workflow_note")));
  if (items.length) await show(items[0].code);
}
