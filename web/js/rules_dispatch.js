// The tab of dispatch: the rules of a set in words, what is wrong with them, what they would have done, alarms.
import { ask, query, tell } from "./api.js";
import { byId, el, later } from "./dom.js";
import { actionButton, choice, field, onSubmit, openDialog, problemLine, sure, textbox } from "./fields.js";
import { aside, has, lang, listed, moment, number, t } from "./i18n.js";
import { problem } from "./paged_list.js";
import { openDraft, openRule, raised, without } from "./rules_dispatch_form.js";
import { openListImport, openRulesImport } from "./rules_dispatch_import.js";
import { changesOf, folded, whoWhen } from "./rules_parts.js";
import { backToList, openItem } from "./rules_list_form.js";

const STATES = { active: "ok", draft: "", retired: "" };
/** A code that names a level of the place, said as such. */
const officeOf = (code) => {
  const level = /\{(\w+)\}/.exec(code)?.[1];
  return has(`dispatch.of.${level}`) ? t(`dispatch.of.${level}`, { code }) : code;
};
const either = (one) => (lang === "en" ? one.en || one.zh : one.zh);
let sets = [], current = null, words = "", known = null;

const nameOfSet = (one) => `${one.city || t("rules.everywhere")} · ${lang === "en" ? one.name_en : one.name_zh} · ${one.version}`;
const tag = (text, kind) => el("em", { class: `tag ${kind}` }, text);
const table = (id, caption, heads, rows) => el("table", { class: "records", id }, el("caption", {}, caption),
  el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, t(`dispatch.${one}`))))), el("tbody", {}, rows));
const cell = (head, ...children) => el("td", { "data-label": t(`dispatch.${head}`) }, el("span", {}, children));

/* ---- alarms ---- */

function acknowledge(one) {
  const form = el("form", {}, el("p", {}, t(`dispatch.alarm.${one.kind}`)), field(t("dispatch.note"), textbox("note", { maxlength: 500 })), problemLine(),
    el("button", { type: "submit", class: "primary" }, t("dispatch.acknowledge")));
  const dialog = openDialog(t("dispatch.acknowledge"), [form]);
  onSubmit(form, async (values) => {
    await tell("POST", `/api/v1/dispatch-alarms/${one.id}/acknowledge`, { note: values.note.trim() });
    dialog.close();
    await loadAlarms();
    (byId("dispatch-alarms").querySelector("button") ?? byId("dispatch-set")).focus();
  });
}

function alarmRow(one) {
  const about = [one.rule ? t("dispatch.of_rule", { code: one.rule }) : null, one.detail || null].filter(Boolean);
  return el("tr", { "data-alarm": one.id },
    el("th", { scope: "row" }, tag(t("dispatch.alarm"), "bad"), t(`dispatch.alarm.${one.kind}`), about.length ? el("code", {}, listed(about)) : null),
    cell("category", lang === "en" ? one.category_en || one.category_zh : one.category_zh || "—"), cell("area", one.area_name ?? "—"),
    cell("times", number(one.times)), cell("last", moment(one.last_at)),
    el("td", {}, el("button", { type: "button", onclick: () => acknowledge(one) }, t("dispatch.acknowledge"))));
}

async function loadAlarms() {
  const found = (await ask("/api/v1/dispatch-alarms?seen=false&limit=50")).items;
  byId("dispatch-alarms").replaceChildren(found.length
    ? table("alarm-table", t("dispatch.alarms", { n: number(found.length) }), ["what", "category", "area", "times", "last", "act"], found.map(alarmRow))
    : el("p", { class: "empty" }, t("dispatch.no_alarms")));
}

/* ---- the rules of a set, and what is wrong with them ---- */

function findings() {
  const rows = current.findings;
  if (!rows.length) return el("p", { class: "empty" }, t("dispatch.clean"));
  return el("ul", { class: "problems" }, rows.map((one) => el("li", { "data-finding": one.kind },
    tag(t(`dispatch.${one.severity}`), one.severity === "error" ? "bad" : "warn"), one.rule ? el("code", {}, one.rule) : null, " ", either(one))));
}

function ruleRow(one) {
  const { rule } = one, wrong = current.findings.filter((found) => found.rule === rule.code);
  const dates = [rule.valid_from, rule.valid_to].some(Boolean) ? `${rule.valid_from ?? ""} – ${rule.valid_to ?? ""}` : "";
  return el("tr", { "data-rule": rule.code },
    el("th", { scope: "row", class: "of" }, rule.name || rule.code, el("code", {}, rule.code)),
    el("td", { class: "long", "data-label": t("dispatch.sentence") }, el("span", {}, either(one), wrong.map((found) => tag(t(`dispatch.finding.${found.kind}`), found.severity === "error" ? "bad" : "warn")))),
    el("td", { class: "short", "data-label": t("dispatch.how") }, rule.auto ? tag(t("dispatch.auto"), "warn") : t("dispatch.proposed")),
    el("td", { class: rule.priority ? "" : "minor", "data-label": t("dispatch.priority") }, number(rule.priority ?? 0)), el("td", { class: dates ? "short" : "short minor", "data-label": t("dispatch.validity") }, dates || t("dispatch.always")), el("td", { class: rule.basis ? "long" : "long minor", "data-label": t("dispatch.basis") }, rule.basis || "—"),
    drafted() ? el("td", {}, ruleButtons(rule)) : null);
}

/* ---- changing a draft ---- */

const drafted = () => current.editable && current.state === "draft" && !current.activated_at;

/** Show the draft as it is now; the focus goes back to the same button of the same rule, else to where rules are added. */
async function changed(made, code, at = 0) {
  await load(made.id);
  (byId("dispatch-rules").querySelectorAll(`tr[data-rule="${CSS.escape(code)}"] button`)[at] ?? byId("add-rule"))?.focus();
}

function ruleButtons(rule) {
  const act = (text, label_, action) => el("button", { type: "button", title: label_, "aria-label": t("dispatch.about_rule", { act: label_, rule: rule.name || rule.code }), onclick: () => action().catch(problem) }, text);
  return el("div", { class: "row tight line" }, act(t("rules.edit"), t("rules.edit"), () => openRule(current, rule, known, changed)),
    act("↑", t("dispatch.raise"), async () => changed(await raised(current, rule.code, 1), rule.code, 1)), act("↓", t("dispatch.lower"), async () => changed(await raised(current, rule.code, -1), rule.code, 2)),
    act("×", t("dispatch.drop"), async () => {
      if (sure(t("dispatch.drop_sure", { name: rule.name || rule.code }))) await changed(await without(current, rule.code), "");
    }));
}

/** What a person does with the set shown: add to a draft, or begin one. */
function changing() {
  return [drafted() ? el("button", { type: "button", id: "add-rule", onclick: () => openRule(current, null, known, changed).catch(problem) }, t("dispatch.add_rule")) : null,
    el("button", { type: "button", id: "new-draft", onclick: () => openDraft(current, known, async (made) => {
      await load(made.id);
      byId("add-rule")?.focus();
    }) }, t("dispatch.new_draft"))];
}

async function history() {
  const acts = await changesOf("rule_set"), about = (one) => acts.filter((act) => act.object === String(one.id));
  return el("div", { class: "table" }, table("set-history", t("rules.versions"), ["set", "state", "acts"], sets.map((one) => el("tr", { "data-set": one.id },
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => load(one.id).then(() => byId("dispatch-set").focus()).catch(problem) }, nameOfSet(one))),
    cell("state", tag(t(`dispatch.state.${one.state}`), STATES[one.state])), cell("acts", about(one).length ? about(one).map((act) => el("small", { class: "block" }, t(`action.${act.action}`), " ", whoWhen(act))) : whoWhen(null))))), el("p", { class: "hint pad" }, t("dispatch.back_hint")));
}

function write() {
  const wanted = words.trim().toLowerCase();
  const rows = current.said.filter((one) => !wanted || [one.zh, one.en, one.rule.code, one.rule.name ?? ""].join(" ").toLowerCase().includes(wanted));
  byId("dispatch-rules").replaceChildren(rows.length
    ? table("rule-table", t("dispatch.rules", { n: number(rows.length), of: number(current.said.length) }), ["rule", "sentence", "how", "priority", "validity", "basis", ...(drafted() ? ["act"] : [])], rows.map(ruleRow))
    : el("p", { class: "empty" }, t("rules.none_found")));
}

function actions() {
  const put = actionButton(t("dispatch.activate"), async () => {
    if (!sure(t("dispatch.activate_sure", { name: nameOfSet(current) }))) return;
    const done = await tell("POST", `/api/v1/rule-sets/${current.id}/activate`, undefined, { "If-Match": `"${current.revision}"` });
    await load(done.id);
    byId("dispatch-set").focus();
  }, () => byId("dispatch-actions"), { class: "primary", id: "activate-rules" });
  const errors = current.findings.filter((one) => one.severity === "error").length;
  return [tag(t(`dispatch.state.${current.state}`), STATES[current.state]),
    current.editable && current.state !== "active" && !errors ? put : null,
    errors ? el("span", { class: "hint" }, t("dispatch.has_errors", { n: number(errors) })) : null, ...changing(), problemLine()];
}

let round = 0;

async function load(id) {
  round += 1;
  const mine = round;
  sets = (await ask("/api/v1/rule-sets")).items;
  if (mine !== round) return; // another set was chosen meanwhile
  const chosen = sets.find((one) => one.id === id) ?? sets.find((one) => one.editable) ?? sets[0];
  byId("dispatch-set").replaceChildren(...sets.map((one) => el("option", { value: String(one.id), selected: one === chosen }, `${nameOfSet(one)}${aside(t(`dispatch.state.${one.state}`))}`)));
  byId("dispatch-none").hidden = Boolean(chosen);
  byId("dispatch-whole").hidden = !chosen;
  if (!chosen) return;
  const found = await ask(`/api/v1/rule-sets/${chosen.id}`);
  if (mine !== round) return;
  current = found;
  byId("dispatch-actions").replaceChildren(...actions().filter(Boolean));
  byId("dispatch-note").textContent = current.note;
  byId("dispatch-findings").replaceChildren(findings());
  byId("dispatch-tried").replaceChildren();
  write();
}

/* ---- trying on history ---- */

const target = (one) => (one ? el("span", {}, one.name, el("small", { class: "block" }, one.kind === "department" ? one.code : t(`dispatch.to.${one.kind}`))) : t("dispatch.nowhere"));

function tried(found) {
  const counts = el("p", { class: "hint", role: "status" }, t("dispatch.tried", { n: number(found.events), changed: number(found.changed), days: number(found.days) }),
    Object.entries(found.alarms).map(([kind, n]) => el("span", {}, " ", tag(`${t(`dispatch.alarm.${kind}`)} ${number(n)}`, "bad"))));
  const diff = found.diff.length ? table("diff-table", t("dispatch.diff"), ["from", "to", "events", "examples"], found.diff.map((one) =>
    el("tr", {}, el("th", { scope: "row", "data-label": t("dispatch.from") }, target(one.from)), el("td", { "data-label": t("dispatch.to") }, target(one.to)), cell("events", number(one.events)),
      cell("examples", one.examples.length ? listed(one.examples.map((example) => example.number)) : "—")))) : el("p", { class: "empty" }, t("dispatch.no_diff"));
  const most = Math.max(1, ...found.by_target.map((one) => one.events));
  const share = found.by_target.length ? table("target-table", t("dispatch.by_target"), ["target", "events"], found.by_target.map((one) =>
    el("tr", {}, el("th", { scope: "row" }, target(one)), el("td", { "data-label": t("dispatch.events") }, el("span", {}, el("span", { class: "count" }, number(one.events)),
      el("span", { class: "track", "aria-hidden": true }, el("span", { class: "barlet", style: `width:${Math.round((100 * one.events) / most)}%` }))))))) : null;
  return [counts, el("div", { class: "card table" }, diff), share ? el("div", { class: "card table" }, share) : null];
}

function trying() {
  const form = el("form", { class: "row try", id: "try-form" },
    field(t("dispatch.period"), choice("days", [30, 90, 366].map((n) => [String(n), t("dispatch.days", { n })]), "90")),
    field(t("dispatch.compare_with"), choice("against", ["active", "actual"].map((one) => [one, t(`dispatch.against.${one}`)]), "active")),
    el("button", { type: "submit" }, t("dispatch.try")), problemLine());
  return onSubmit(form, async (values) => {
    byId("dispatch-tried").replaceChildren(el("p", { class: "empty" }, t("app.loading")));
    try {
      const found = await tell("POST", `/api/v1/rule-sets/${current.id}/simulate`, { days: Number(values.days), against: values.against });
      byId("dispatch-tried").replaceChildren(...tried(found).filter(Boolean));
    } catch (error) {
      byId("dispatch-tried").replaceChildren();
      throw error;
    }
  });
}

/* ---- lists ---- */

function itemRow(kind, one) {
  return el("tr", {}, el("th", { scope: "row" }, one.name, el("code", {}, one.code)), cell("categories", listed(one.categories.map((key) => key.split(":").pop()))),
    kind === "duty" ? cell("lead", listed([one.lead, ...one.supporting].map(officeOf))) : cell("area", one.area || t("rules.everywhere")), cell("version", one.version), cell("basis", one.basis || "—"),
    el("td", {}, el("button", { type: "button", "aria-label": t("dispatch.about_rule", { act: t("rules.edit"), rule: one.name }), onclick: () => openItem(kind, one, known, () => loadList(kind)).catch(problem) }, t("rules.edit"))));
}

async function listHistory(kind) {
  const cities = [...new Set(["", ...known.roots.map((one) => one.code)])], acts = await changesOf(`${kind}_list`);
  const all = (await Promise.all(cities.map((city) => ask(`/api/v1/${kind}-items${query({ city, versions: "true" })}`)))).flatMap((one) => one.items);
  const versions = Map.groupBy ? Map.groupBy(all, (one) => `${one.city}/${one.version}`) : all.reduce((map, one) => map.set(`${one.city}/${one.version}`, [...(map.get(`${one.city}/${one.version}`) ?? []), one]), new Map());
  if (!versions.size) return el("p", { class: "empty" }, t(`dispatch.${kind}.none`));
  return table(`${kind}-history`, t("rules.versions"), ["version", "items", "validity", "acts", "act"], [...versions].map(([key, items]) => el("tr", {},
    el("th", { scope: "row" }, items[0].version, el("small", { class: "block" }, items[0].city || t("rules.everywhere"))), cell("items", number(items.length)),
    cell("validity", `${items[0].valid_from} – ${items[0].valid_to ?? ""}`), cell("acts", whoWhen(acts.find((act) => act.object === key) ?? null)),
    el("td", {}, items[0].valid_to ? el("button", { type: "button", onclick: () => backToList(kind, items[0].version, items, () => loadList(kind)) }, t("rules.go_back")) : null))));
}

async function loadList(kind) {
  const cities = [...new Set(["", ...known.roots.map((one) => one.code)])];
  const found = (await Promise.all(cities.map((city) => ask(`/api/v1/${kind}-items${query({ city })}`)))).flatMap((one) => one.items);
  byId(`${kind}-list`).replaceChildren(found.length
    ? table(`${kind}-table`, t(`dispatch.${kind}.count`, { n: number(found.length) }), ["item", "categories", kind === "duty" ? "lead" : "area", "version", "basis", "act"], found.map((one) => itemRow(kind, one)))
    : el("p", { class: "empty" }, t(`dispatch.${kind}.none`)));
}

const listCard = (kind) => el("section", { class: "card table" },
  el("div", { class: "head pad" }, el("h2", {}, t(`dispatch.${kind}`)), el("div", { class: "row tight" }, el("button", { type: "button", id: `add-${kind}`, onclick: () => openItem(kind, null, known, () => loadList(kind)).catch(problem) }, t(`rules.add_item.${kind}`)),
    el("button", { type: "button", id: `import-${kind}`, onclick: () => openListImport(kind, known.roots, () => loadList(kind)) }, t("rules.import")))),
  el("p", { class: "hint pad" }, t(`dispatch.${kind}.hint`)), el("div", { id: `${kind}-list` }), folded(t("rules.versions"), () => listHistory(kind)));

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  const search = later((value) => {
    words = value;
    write();
  });
  panel.replaceChildren(
    el("section", { class: "card table", id: "dispatch-alarms", "aria-live": "polite" }),
    el("div", { class: "head" }, field(t("dispatch.set"), choice("set", [], "", { id: "dispatch-set", onchange: (event) => load(Number(event.target.value)).catch(problem) })),
      el("button", { type: "button", id: "import-rules", onclick: () => openRulesImport((made) => load(made.id)) }, t("dispatch.import"))),
    el("p", { class: "empty", id: "dispatch-none", hidden: true }, t("dispatch.none")),
    el("div", { id: "dispatch-whole" },
      el("div", { class: "row", id: "dispatch-actions" }), el("p", { class: "hint", id: "dispatch-note" }),
      el("section", { class: "card" }, el("h2", {}, t("dispatch.lint")), el("div", { id: "dispatch-findings" })),
      el("section", { class: "card" }, el("h2", {}, t("dispatch.simulation")), el("p", { class: "hint" }, t("dispatch.simulation_hint")), trying(), el("div", { id: "dispatch-tried", "aria-live": "polite" })),
      el("form", { class: "card filters", role: "search", onsubmit: (event) => event.preventDefault() }, field(t("rules.search"), textbox("q", { type: "search", maxlength: 60, oninput: (event) => search(event.target.value) }))),
      el("section", { class: "card table", id: "dispatch-rules" }), folded(t("rules.versions"), history)),
    listCard("duty"), listCard("admission"));
  await Promise.all([load(), loadAlarms(), loadList("duty"), loadList("admission")]);
}
