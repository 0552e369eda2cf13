// One item of the duty list or the admission list in a form: the next version of the list, all other items as they are.
import { areaPicker, cityPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { field, openDialog, textbox } from "./fields.js";
import { number, t } from "./i18n.js";
import { categoryGroups, categoryNames, many, newVersion, sendRows, today, triedForm } from "./rules_parts.js";

/** An item to change, or a new one. */
export async function openItem(kind, one, known, onDone) {
  const names = await categoryNames();
  const categories = many({ label: t("dispatch.categories"), hint: t("dispatch.categories_hint"), values: one?.categories ?? [], source: el("select", { name: "category", "aria-label": t("dispatch.categories") }, await categoryGroups(true)), text: (key) => names.get(key) ?? key });
  const row = (values) => ({
    code: values.code.trim(), name: values.name.trim(), categories: categories.values(), basis: values.basis.trim(),
    ...(kind === "duty" ? { lead: values.lead.trim(), supporting: values.supporting.trim() } : { area: values.of_area ?? "" }),
  });
  const form = triedForm({
    id: "item-form",
    told: (found) => el("p", { role: "status" }, t("rules.list_would", { n: number(found.count) })),
    fields: [el("div", { class: "pair" }, field(t("dispatch.code"), textbox("code", { required: true, maxlength: 40, value: one?.code ?? "", readOnly: Boolean(one) })), field(t("rules.item_name"), textbox("name", { required: true, maxlength: 200, value: one?.name ?? "" }))),
      categories.box,
      kind === "duty" ? el("div", { class: "pair" }, field(t("dispatch.lead"), textbox("lead", { required: true, maxlength: 64, value: one?.lead ?? "", placeholder: "D{district}04" }), t("dispatch.department_hint")), field(t("rules.supporting"), textbox("supporting", { maxlength: 300, value: (one?.supporting ?? []).join(" ") })))
        : areaPicker({ name: "of_area", label: t("dispatch.area"), roots: known.roots, any: t("rules.everywhere") }),
      field(t("dispatch.basis"), textbox("basis", { maxlength: 500, value: one?.basis ?? "" })),
      one ? el("label", { class: "check" }, el("input", { type: "checkbox", name: "gone" }), el("span", {}, t("rules.drop_item"))) : null,
      one ? el("input", { type: "hidden", name: "city", value: one.city }) : cityPicker(known),
      el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { required: true, maxlength: 40, value: newVersion() })), field(t("dispatch.begins"), el("input", { type: "date", name: "begins", required: true, value: today() })))],
    send: (values, dry) => {
      const gone = "gone" in values;
      return sendRows(`/api/v1/${kind}-items/import`, { city: values.city, version: values.version.trim(), begins: values.begins, merge: "true", without: gone ? one.code : "", dry_run: String(dry) }, gone ? [] : [row(values)]);
    },
    done: async () => {
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t(one ? "rules.edit_item" : `rules.add_item.${kind}`), [form]);
}

/** A whole earlier version as the next one. */
export function backToList(kind, version, items, onDone) {
  const rows = items.map((one) => ({ code: one.code, name: one.name, categories: one.categories, basis: one.basis, ...(kind === "duty" ? { lead: one.lead, supporting: one.supporting } : { area: one.area }) }));
  const form = triedForm({
    id: "item-form",
    told: (found) => el("p", { role: "status" }, t("rules.list_would", { n: number(found.count) })),
    fields: [el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { required: true, maxlength: 40, value: newVersion() })), field(t("dispatch.begins"), el("input", { type: "date", name: "begins", required: true, value: today() })))],
    send: (values, dry) => sendRows(`/api/v1/${kind}-items/import`, { city: items[0].city, version: values.version.trim(), begins: values.begins, dry_run: String(dry) }, rows),
    done: async () => {
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t("rules.back_to", { n: version }), [form]);
}
