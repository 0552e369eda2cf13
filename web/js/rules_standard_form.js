// Editing one condition of filing in a form: the city's next version, with all other conditions as they are.
import { ask, query } from "./api.js";
import { cityPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { choice, field, openDialog, textbox } from "./fields.js";
import { label, t } from "./i18n.js";
import { difference } from "./rules_import.js";
import { categoryGroups, newVersion, sendRows, today, triedForm } from "./rules_parts.js";

const KINDS = ["urgent_hour", "work_hour", "work_day", "natural_day"], SLOTS = ["before", "after", "check"];
const LEADS = ["territory", "owner", "department"], SURE = ["defined", "verified", "third_party", "recalled"];
const PATH = "/api/v1/standard-sets";

const row = (one) => ({
  category: one.category, condition_no: one.condition_no, condition: one.condition, condition_en: one.condition_en, limit: one.limit.zh, closure: one.closure, closure_en: one.closure_en,
  evidence: one.evidence, lead: one.lead, lead_department: one.lead_department, source: one.source, confidence: one.confidence,
});
const long = (name, value, required = false) => el("textarea", { name, rows: 2, maxLength: 500, required, value: value ?? "" });

function limitFields(limit) {
  return el("div", { class: "pair" }, field(t("rules.limit_kind"), choice("limit_kind", KINDS.map((kind) => [kind, `${t(`rules.limit_kind.${kind}`)}：${t(`rules.runs.${kind}`)}`]), limit?.kind ?? "work_hour")),
    field(t("rules.limit_value"), el("input", { type: "number", name: "limit", min: 0.01, max: 3660, step: "any", required: true, value: limit?.value ?? "" })));
}

function leadFields(one) {
  const department = field(t("rules.field.lead_department"), textbox("lead_department", { maxlength: 100, value: one?.lead_department ?? "" }));
  const rule = choice("lead", LEADS.map((lead) => [lead, t(`rules.lead.${lead}`)]), one?.lead ?? "territory", { onchange: () => {
    department.hidden = rule.value !== "department";
  } });
  department.hidden = rule.value !== "department";
  return el("div", { class: "pair" }, field(t("rules.lead"), rule), department);
}

const evidence = (one) => el("fieldset", { class: "field" }, el("legend", {}, t("rules.evidence")), el("div", { class: "row" }, SLOTS.map((slot) =>
  el("label", { class: "check" }, el("input", { type: "checkbox", name: `photo_${slot}`, checked: one?.evidence.includes(slot) ?? slot !== "check" }), el("span", {}, t(`rules.slot.${slot}`))))));

const head = (known) => [
  cityPicker(known), el("p", { class: "hint" }, t("rules.own_before_default")),
  el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { maxlength: 40, required: true, value: newVersion() }), t("rules.version_hint")), field(t("rules.from"), el("input", { type: "date", name: "valid_from", value: today() }))),
];

function written(values, category, no) {
  return {
    category, condition_no: no, condition: values.condition, condition_en: values.condition_en, limit: `${values.limit} ${values.limit_kind}`, closure: values.closure, closure_en: values.closure_en,
    evidence: SLOTS.filter((slot) => `photo_${slot}` in values), lead: values.lead, lead_department: values.lead === "department" ? values.lead_department : "", source: values.source, confidence: values.confidence,
  };
}

/** The conditions of a category itself in force in a city. */
const inForce = async (category, area) => (await ask(`/api/v1/standards${query({ category, area })}`)).items.filter((one) => one.category === category);

/** A form for a condition, or for a new one of a category. */
export async function editStandard({ one = null, category = "", known, onDone }) {
  const about = one ? null : el("select", { name: "of", required: true }, el("option", { value: "" }, t("rules.choose")), await categoryGroups(true));
  if (about && category) about.value = category;
  const keyOf = () => one?.category ?? about.value;
  const rows = async (values, gone) => {
    const now = await inForce(keyOf(), values.city);
    const no = one?.condition_no ?? 1 + Math.max(0, ...now.map((other) => other.condition_no));
    const others = now.filter((other) => other.condition_no !== no).map(row);
    return gone ? others : [...others, written(values, keyOf(), no)].sort((a, b) => a.condition_no - b.condition_no);
  };
  const form = triedForm({
    id: "standard-form", told: difference,
    fields: [about ? field(t("rules.category"), about) : null, field(t("rules.condition"), long("condition", one?.condition, true)), field(t("rules.field.condition_en"), long("condition_en", one?.condition_en)),
      limitFields(one?.limit), field(t("rules.closure"), long("closure", one?.closure, true)), field(t("rules.field.closure_en"), long("closure_en", one?.closure_en)), evidence(one), leadFields(one),
      el("div", { class: "pair" }, field(t("rules.source"), textbox("source", { required: true, maxlength: 200, value: one?.source ?? "" }), t("rules.source_form_hint")), field(t("rules.field.confidence"), choice("confidence", SURE.map((sure) => [sure, t(`rules.confidence.${sure}`)]), one?.confidence ?? "defined"))),
      one ? el("label", { class: "check" }, el("input", { type: "checkbox", name: "gone" }), el("span", {}, t("rules.drop_condition"))) : null, head(known)],
    send: async (values, dry) => {
      const given = await rows(values, "gone" in values);
      const asked = { city: values.city, version: values.version.trim(), valid_from: values.valid_from, merge: "true", without: given.length ? "" : keyOf(), dry_run: String(dry) };
      return sendRows(PATH, asked, given);
    },
    done: async (made) => {
      dialog.close();
      await onDone(made);
    },
  });
  const dialog = openDialog(one ? `${label({ zh: one.category_zh, en: one.category_en })} · ${t("rules.condition_no", { n: one.condition_no })}` : t("rules.add_condition"), [form]);
}

/** An earlier set as the next version of its city. */
export async function backToSet(set, onDone) {
  const { items } = await ask(`/api/v1/standards${query({ set: set.id })}`);
  const form = triedForm({
    id: "standard-form", told: difference,
    fields: [el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { maxlength: 40, required: true, value: newVersion() })), field(t("rules.from"), el("input", { type: "date", name: "valid_from", value: today() }))),
      field(t("rules.set_name"), textbox("name", { maxlength: 200, value: t("rules.back_reason", { n: set.version }) }))],
    send: (values, dry) => sendRows(PATH, { city: set.city, version: values.version.trim(), valid_from: values.valid_from, name: values.name, source: set.source, dry_run: String(dry) }, items.map(row)),
    done: async (made) => {
      dialog.close();
      await onDone(made);
    },
  });
  const dialog = openDialog(t("rules.back_to", { n: set.version }), [form]);
}
