// A city's own workflow: begun from a template, from a file, or from an earlier version; limits and words of one state
// or step in a form. The API says what is wrong with it before it is put in force.
import { ApiError, ask, query, tell } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { choice, field, openDialog, textbox } from "./fields.js";
import { label, number, t } from "./i18n.js";
import { word } from "./rules_import.js";
import { either, many, triedForm } from "./rules_parts.js";

const PATH = "/api/v1/workflows", KINDS = ["urgent_hour", "work_hour", "work_day", "natural_day"];
const MEMBERS = ["text", "reason", "department", "departments", "handler", "standard", "closure", "until", "card", "area", "into", "score", "photo:before", "photo:after", "photo:check", "photo:other"];

/** A template as it is sent: what it is read as, without what the server adds. */
export const template = ({ code, area, name_zh, name_en, schemes, sources, priority, states, edges }) => ({ code, area: area ?? "", name_zh, name_en, schemes, sources, priority, states, edges });

function faults(found) {
  if (!found.faults.length) return el("p", { class: "done", role: "status" }, t("rules.workflow_clean"));
  return el("div", {}, el("p", { class: "problem", role: "alert" }, t("rules.workflow_faults", { n: number(found.faults.length) })),
    el("ul", { class: "problems" }, found.faults.map((one) => el("li", { "data-fault": one.code }, el("em", { class: "tag bad" }, t("dispatch.error")), " ", either(one.detail, one.detail_en)))));
}

/** A dialog that checks a template and puts it in force as the next version of its code. */
function openTried(title, fields, made, onDone) {
  const form = triedForm({
    id: "workflow-form", fields, told: faults,
    send: async (values, dry) => tell("POST", `${PATH}${query({ dry_run: dry ? "true" : "" })}`, await made(values)),
    done: async (done) => {
      dialog.close();
      await onDone(done.code);
    },
  });
  const dialog = openDialog(title, [form]);
}

/** A template for an area of one's own, with the states and steps of this one. */
export function ownWorkflow(found, known, onDone) {
  openTried(t("rules.own_workflow"), [el("p", { class: "hint" }, t("rules.own_workflow_hint", { name: label(found) })), areaPicker({ name: "area", label: t("rules.for_city"), roots: known.roots }),
    el("div", { class: "pair" }, field(t("rules.code"), textbox("code", { required: true, maxlength: 24, placeholder: "our_grid" }), t("rules.workflow_code_hint")), field(t("rules.field.name_zh"), textbox("name_zh", { required: true, maxlength: 60, value: found.name_zh }))),
    field(t("rules.field.name_en"), textbox("name_en", { required: true, maxlength: 80, value: found.name_en })), field(t("rules.workflow_priority"), el("input", { type: "number", name: "priority", min: -100, max: 100, value: found.priority }), t("rules.workflow_priority_hint"))],
  (values) => ({ ...template(found), ...values, code: values.code.trim(), priority: Number(values.priority) }), onDone);
}

/** What is called what, how long it may wait, and what the system does then. */
export function editState(found, state, onDone) {
  const steps = found.edges.filter((edge) => edge.from === state.status && edge.by_system).map((edge) => [edge.command, word("step", edge.command)]);
  const waits = Boolean(state.stage);
  openTried(t("rules.edit_state", { name: label(state) }), [
    el("div", { class: "pair" }, field(t("rules.label_zh"), textbox("label_zh", { required: true, maxlength: 40, value: state.label_zh })), field(t("rules.label_en"), textbox("label_en", { required: true, maxlength: 60, value: state.label_en }))),
    waits ? el("div", { class: "pair" }, field(t("rules.limit_value"), el("input", { type: "number", name: "limit_value", step: "any", min: 0.01, required: true, value: state.limit_value })), field(t("rules.limit_kind"), choice("limit_kind", KINDS.map((kind) => [kind, t(`rules.limit_kind.${kind}`)]), state.limit_kind))) : null,
    waits ? field(t("rules.then"), choice("timeout", steps, state.timeout)) : el("p", { class: "hint" }, t("rules.state_ends")),
  ], (values) => ({ ...template(found), states: found.states.map((one) => (one.status === state.status ? { ...one, ...values, ...(waits ? { limit_value: Number(values.limit_value) } : {}) } : one)) }), onDone);
}

/** What a step is called, what it needs, how near one has to be; of all the states it may be taken in. */
export function editStep(found, edges, onDone) {
  const [first] = edges;
  const requires = many({ label: t("rules.needs"), values: first.requires, source: choice("member", MEMBERS.map((one) => [one, word("member", one)])), text: (one) => word("member", one) });
  openTried(t("rules.edit_step", { name: label(first) }), [
    el("div", { class: "pair" }, field(t("rules.label_zh"), textbox("label_zh", { required: true, maxlength: 40, value: first.label_zh })), field(t("rules.label_en"), textbox("label_en", { required: true, maxlength: 60, value: first.label_en }))),
    requires.box, field(t("rules.max_distance"), el("input", { type: "number", name: "max_distance_m", min: 1, max: 100000, value: first.max_distance_m ?? "" }), t("rules.max_distance_hint")),
  ], (values) => {
    const change = { label_zh: values.label_zh, label_en: values.label_en, requires: requires.values(), max_distance_m: values.max_distance_m ? Number(values.max_distance_m) : null };
    return { ...template(found), edges: found.edges.map((one) => (edges.includes(one) ? { ...one, ...change } : one)) };
  }, onDone);
}

/** A template from a file, as `exported` makes one. */
export function importWorkflow(onDone) {
  const file = el("input", { type: "file", name: "file", required: true, accept: ".json" });
  openTried(t("rules.import_workflow"), [field(t("rules.file"), file, t("rules.workflow_file_hint"))], async () => {
    try {
      return JSON.parse(await file.files[0].text());
    } catch {
      throw new ApiError(422, { detail: t("rules.not_json"), detail_en: t("rules.not_json"), field: "file" });
    }
  }, onDone);
}

/** An earlier version as the next one. */
export async function backToWorkflow(found, version, onDone) {
  const old = await ask(`${PATH}/${encodeURIComponent(found.code)}${query({ version })}`);
  openTried(t("rules.back_to", { n: number(version) }), [el("p", { class: "hint" }, t("rules.workflow_keep"))], () => template(old), onDone);
}

/** The template as a file to change and send back. */
export function exported(found) {
  const address = URL.createObjectURL(new Blob([`${JSON.stringify(template(found), null, 2)}\n`], { type: "application/json" }));
  el("a", { href: address, download: `${found.code}-${found.version}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
