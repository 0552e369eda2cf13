// One dispatch rule in a form, and the draft it is kept in: what was in force is never changed, a copy of it is.
import { ask, tell } from "./api.js";
import { areaPicker, cityPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { choice, field, onSubmit, openDialog, problemLine, textbox } from "./fields.js";
import { badRows } from "./rules_import.js";
import { t } from "./i18n.js";
import { categoryGroups, categoryNames, many, newVersion } from "./rules_parts.js";

const TARGETS = ["department", "owner", "worker", "community"], TIMES = ["", "work", "off", "workday", "day_off"], STAGES = ["", "first", "owner", "territory"];
const URGENCIES = ["normal", "urgent", "emergency"], BY_HAND = ["worker", "community"];
let departments = null;

async function departmentList() {
  departments ??= (await ask("/api/v1/departments")).map((one) => [one.code, `${one.name} ${one.code}`]);
  return departments;
}

const boxes = (name, values, chosen, text) => el("div", { class: "row" }, values.map((value) => el("label", { class: "check" }, el("input", { type: "checkbox", name: `${name}_${value}`, checked: chosen.includes(value) }), el("span", {}, text(value)))));
const picked = (values, name, options) => options.filter((one) => `${name}_${one}` in values);
const set = (name, label, inside) => el("fieldset", { class: "field" }, el("legend", {}, label), inside);

/** Where it goes: a department by its code or by the levels of the place; only that may be dispatched by itself. */
async function target(rule) {
  const names = await departmentList();
  const department = field(t("dispatch.department"), textbox("department", { maxlength: 64, value: rule?.department ?? "", list: "departments-known", placeholder: "D{district}04" }), t("dispatch.department_hint"));
  const auto = el("label", { class: "check" }, el("input", { type: "checkbox", name: "auto", checked: rule?.auto ?? false }), el("span", {}, t("dispatch.auto_label")));
  const to = choice("to", TARGETS.map((one) => [one, t(`dispatch.to.${one}`)]), rule?.to ?? "department", { onchange: fits });
  function fits() {
    department.hidden = to.value !== "department";
    auto.hidden = BY_HAND.includes(to.value);
  }
  fits();
  return [el("div", { class: "pair" }, field(t("dispatch.goes_to"), to), department), auto, el("datalist", { id: "departments-known" }, names.map(([code, name]) => el("option", { value: code }, name)))];
}

function moments(rule) {
  return el("details", { class: "more" }, el("summary", {}, t("dispatch.when")), field(t("dispatch.time"), choice("time", TIMES.map((one) => [one, t(`dispatch.time.${one || "any"}`)]), rule?.time ?? "")),
    set("weekdays", t("dispatch.weekdays"), boxes("weekday", [1, 2, 3, 4, 5, 6, 7], rule?.weekdays ?? [], (n) => t(`calendar.weekday.${n}`))),
    el("div", { class: "pair" }, field(t("dispatch.hours"), textbox("hours", { value: (rule?.hours ?? []).join(" "), placeholder: "22:00-06:00", maxlength: 120 })),
      field(t("dispatch.months"), textbox("months", { value: (rule?.months ?? []).join(" "), placeholder: "11 12 1 2", maxlength: 40 }))),
    el("div", { class: "pair" }, field(t("dispatch.valid_from"), el("input", { type: "date", name: "valid_from", value: rule?.valid_from ?? "" })), field(t("dispatch.valid_to"), el("input", { type: "date", name: "valid_to", value: rule?.valid_to ?? "" }))));
}

const answersText = (answers) => Object.entries(answers ?? {}).map(([key, value]) => `${key}=${[value].flat().join("|")}`).join("\n");
const readAnswers = (text) => Object.fromEntries(text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
  const [key, value = ""] = line.split("=", 2);
  return [key.trim(), value.split("|").map((one) => one.trim())];
}));
const words = (text) => text.split(/[\s,，、;；]+/).filter(Boolean);

function further(rule) {
  return el("details", { class: "more" }, el("summary", {}, t("dispatch.further")), set("urgency", t("dispatch.urgency"), boxes("urgency", URGENCIES, rule?.urgency ?? [], (one) => t(`urgency.${one}`))),
    el("div", { class: "pair" }, field(t("dispatch.source"), textbox("source", { value: (rule?.source ?? []).join(" "), maxlength: 200, placeholder: "hotline resident_code" })),
      field(t("dispatch.owner"), textbox("owner", { value: (rule?.owner ?? []).join(" "), maxlength: 200, placeholder: "known" }), t("dispatch.owner_hint"))),
    field(t("dispatch.answers"), el("textarea", { name: "answers", rows: 2, value: answersText(rule?.answers) }), t("dispatch.answers_hint")),
    field(t("dispatch.stage"), choice("stage", STAGES.map((one) => [one, t(`dispatch.stage.${one || "by_target"}`)]), rule?.stage ?? "")));
}

/** The rule a form says, without what it does not say. */
function written(values, categories, areas) {
  const said = {
    code: values.code.trim(), name: values.name.trim(), to: values.to, department: values.to === "department" ? values.department.trim() : "", categories, areas, auto: "auto" in values && !BY_HAND.includes(values.to),
    urgency: picked(values, "urgency", URGENCIES), source: words(values.source), time: values.time, weekdays: picked(values, "weekday", [1, 2, 3, 4, 5, 6, 7]), months: words(values.months).map(Number), hours: words(values.hours),
    answers: readAnswers(values.answers), owner: words(values.owner), stage: values.stage, priority: Number(values.priority) || 0, valid_from: values.valid_from || null, valid_to: values.valid_to || null, basis: values.basis.trim(),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => !(value === "" || value === null || value === false || value === 0 || value?.length === 0 || (value?.constructor === Object && !Object.keys(value).length))));
}

const bodyOf = (set_, rules) => ({ city: set_.city, version: set_.version, name_zh: set_.name_zh, name_en: set_.name_en, note: set_.note, rules });
const rulesOf = (set_) => set_.said.map((one) => one.rule);

/** Keep rules in a draft: the set itself when it is one, from its revision; else `draft` says which is made. */
export function keep(set_, rules) {
  return tell("PUT", `/api/v1/rule-sets/${set_.id}`, bodyOf(set_, rules), { "If-Match": `"${set_.revision}"` });
}

/** A draft that begins as the rules of a set; `onDone(draft)` shows it. */
export function openDraft(set_, known, onDone) {
  const form = el("form", { id: "draft-form" }, el("p", { class: "hint" }, t("dispatch.draft_hint")),
    cityPicker(known, { chosen: set_.city }),
    el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { required: true, maxlength: 40, value: newVersion() }), t("rules.version_hint")), field(t("rules.field.name_zh"), textbox("name_zh", { required: true, maxlength: 200, value: set_.name_zh }))),
    field(t("rules.field.name_en"), textbox("name_en", { maxlength: 200, value: set_.name_en })), field(t("dispatch.draft_note"), textbox("note", { maxlength: 500 })), problemLine(),
    el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("dispatch.make_draft"))));
  const dialog = openDialog(t("dispatch.new_draft"), [form]);
  onSubmit(form, async (values) => {
    const made = await tell("POST", "/api/v1/rule-sets", bodyOf({ ...values, version: values.version.trim() }, rulesOf(set_)));
    dialog.close();
    await onDone(made);
  });
}

/** A rule of a draft in a form; without one, a new rule. */
export async function openRule(draft, rule, known, onDone) {
  const names = await categoryNames();
  const categories = many({ label: t("dispatch.categories"), hint: t("dispatch.categories_hint"), values: rule?.categories ?? [], source: el("select", { name: "category", "aria-label": t("dispatch.categories") }, await categoryGroups(true)), text: (key) => names.get(key) ?? key });
  const areas = many({ label: t("dispatch.areas"), values: rule?.areas ?? [], source: areaPicker({ name: "area", label: t("rules.area"), roots: known.roots }) });
  const answer = el("div", { "aria-live": "polite" });
  const form = el("form", { id: "rule-form" }, el("div", { class: "pair" }, field(t("dispatch.code"), textbox("code", { required: true, maxlength: 40, value: rule?.code ?? "", readOnly: Boolean(rule), placeholder: "noise-night" })), field(t("dispatch.rule_name"), textbox("name", { maxlength: 200, value: rule?.name ?? "" }))),
    categories.box, areas.box, await target(rule), field(t("dispatch.priority"), el("input", { type: "number", name: "priority", step: 1, min: -1000, max: 1000, value: rule?.priority ?? 0 }), t("dispatch.priority_hint")),
    moments(rule), further(rule), field(t("dispatch.basis"), textbox("basis", { maxlength: 500, value: rule?.basis ?? "" })), problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("dispatch.keep_rule"))), answer);
  const dialog = openDialog(t(rule ? "dispatch.edit_rule" : "dispatch.add_rule"), [form]);
  onSubmit(form, async (values) => {
    const made = written(values, categories.values(), areas.values()), all = rulesOf(draft);
    const rules = rule ? all.map((one) => (one.code === rule.code ? made : one)) : [...all, made];
    answer.replaceChildren();
    try {
      const kept = await keep(draft, rules);
      dialog.close();
      await onDone(kept, made.code);
    } catch (error) {
      if (!Array.isArray(error.facts?.errors) || error.code !== "invalid_file") throw error;
      answer.replaceChildren(badRows(error));
      answer.firstChild.focus();
    }
  });
}

/** Without a rule, or with another priority for it. */
export const without = (draft, code) => keep(draft, rulesOf(draft).filter((one) => one.code !== code));
export const raised = (draft, code, by) => keep(draft, rulesOf(draft).map((one) => (one.code === code ? { ...one, priority: (one.priority ?? 0) + by } : one)));

