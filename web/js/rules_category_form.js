// Adding a category of one's own, renaming one, ending it on a day: shown as a difference before it is put in force.
import { cityPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { choice, field, openDialog, textbox } from "./fields.js";
import { label, t, title } from "./i18n.js";
import { difference, word } from "./rules_import.js";
import { forgetCategories, sendRows, today, triedForm } from "./rules_parts.js";

const KINDS = ["matter", "component", "request"];
const PATH = "/api/v1/categories/import";

const names = (one) => [
  el("div", { class: "pair" }, field(t("rules.field.name_zh"), textbox("name_zh", { required: true, maxlength: 80, value: one?.zh ?? "" })), field(t("rules.field.name_en"), textbox("name_en", { maxlength: 120, value: one?.en ?? "" }))),
];

/** A new category or family; `families` are those there are. */
export function addCategory(families, known, onDone, parent = null) {
  const schemes = [...new Set(families.filter((one) => one.source === "project" || one.city).map((one) => one.scheme))];
  const above = choice("above", [["", t("rules.no_family")], ...families.filter((one) => one.in_force).map((one) => [one.key, `${title(one)} ${one.code}`])], parent?.key ?? "", { onchange: fits });
  const scheme = textbox("scheme", { maxlength: 32, placeholder: schemes[0] ?? "gov-s", list: "schemes-known" }), kind = choice("kind", KINDS.map((one) => [one, t(`rules.kind.${one}`)]));
  const alone = el("div", { class: "pair" }, field(t("rules.scheme"), scheme, t("rules.scheme_hint")), field(t("rules.kind"), kind));
  function fits() {
    alone.hidden = Boolean(above.value);
  }
  fits();
  const rows = (values) => {
    const [ofScheme, ofKind, code] = values.above ? values.above.split(":") : [values.scheme.trim(), values.kind, ""];
    return [{ scheme: ofScheme, kind: ofKind, code: values.code.trim(), parent: code, name_zh: values.name_zh, name_en: values.name_en, source: values.source.trim() || "project", valid_from: values.valid_from }];
  };
  const form = triedForm({
    id: "category-form", told: difference,
    fields: [field(t("rules.family"), above, t("rules.family_hint")), alone, el("datalist", { id: "schemes-known" }, schemes.map((one) => el("option", { value: one }))),
      field(t("rules.code"), textbox("code", { required: true, maxlength: 16, placeholder: "S0901" }), t("rules.code_hint")), names(null),
      el("div", { class: "pair" }, field(t("rules.from"), el("input", { type: "date", name: "valid_from", value: today() })), field(t("rules.source"), textbox("source", { maxlength: 200 }), t("rules.source_own_hint"))),
      cityPicker(known)],
    send: (values, dry) => sendRows(PATH, { city: values.city, dry_run: String(dry) }, rows(values)),
    done: async () => {
      forgetCategories();
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t("rules.add_category"), [form]);
}

/** Other names, another source, an end; `from` are older names to begin with. */
export function editCategory(one, onDone, from = null) {
  const [scheme, kind, code] = one.key.split(":");
  const row = (values) => ({
    scheme, kind, code, name_zh: values.name_zh, name_en: values.name_en, source: values.source.trim() || one.source, verified: "verified" in values, valid_from: one.valid_from, valid_to: values.valid_to,
  });
  const form = triedForm({
    id: "category-form", told: difference,
    fields: [names(from ?? one), el("div", { class: "pair" }, field(t("rules.source"), textbox("source", { maxlength: 200, value: (from ?? one).source ?? one.source })),
      field(t("rules.ends_on"), el("input", { type: "date", name: "valid_to", value: one.valid_to ?? "" }), t("rules.ends_on_hint"))),
    el("label", { class: "check" }, el("input", { type: "checkbox", name: "verified", checked: (from ?? one).verified }), el("span", {}, t("rules.verified_label"))),
    el("p", { class: "hint" }, t("rules.rename_hint", { kind: word("kind", kind) }))],
    send: (values, dry) => sendRows(PATH, { city: one.city, dry_run: String(dry) }, [row(values)]),
    done: async () => {
      forgetCategories();
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t("rules.edit_category", { name: label(one) }), [form]);
}
