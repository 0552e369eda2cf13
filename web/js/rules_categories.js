// The tab of categories: what there is, whether anybody checked it, what it was before; import, retire, older codes.
import { ask, query, tell } from "./api.js";
import { byId, el, facts, later } from "./dom.js";
import { actionButton, choice, field, onSubmit, openDialog, problemLine, sure, textbox } from "./fields.js";
import { aside, lang, listed, moment, number, t, title } from "./i18n.js";
import { addCategory, editCategory } from "./rules_category_form.js";
import { openImport, source, word } from "./rules_import.js";
import { changeList, changesOf, folded, forgetCategories } from "./rules_parts.js";

const EDITIONS = ["gbt30428.2-2013", "cjt214-2007"];
const state = { q: "", scheme: "", show: "in_force" };
const unfolded = new Set();
let families = [], known = null;

const checked = (one) => (one.source === "project" ? "own" : one.verified ? "checked" : "unchecked");
const standing = (one) => el("em", { class: `tag ${{ own: "", checked: "ok", unchecked: "warn" }[checked(one)]}` }, t(`rules.standing.${checked(one)}`));
const sourceOf = (one) => (one.source === "project" ? t("rules.this_project") : source(one.source));
const leaves = () => families.flatMap((family) => (family.children.length ? family.children : [family]));

function fits(one) {
  const wanted = state.q.toLowerCase();
  if (state.show === "in_force" && !one.in_force) return false;
  if (state.show === "retired" && one.in_force) return false;
  return !wanted || [one.zh, one.en ?? "", one.key].some((text) => text.toLowerCase().includes(wanted));
}

function row(one, isFamily, count) {
  const name = el("button", { type: "button", class: "link", onclick: () => card(one) }, title(one));
  const fold = isFamily && count !== null ? el("button", {
    type: "button", class: "link fold-row", "aria-expanded": String(Boolean(state.q) || unfolded.has(one.key)), "aria-label": t("rules.inside", { name: title(one), n: count }),
    onclick: () => {
      if (!unfolded.delete(one.key)) unfolded.add(one.key);
      write();
      [...byId("category-rows").querySelectorAll("[data-fold]")].find((button) => button.dataset.fold === one.key)?.focus();
    }, "data-fold": one.key,
  }, number(count)) : null;
  return el("tr", { class: `${isFamily ? "family" : ""}${one.in_force ? "" : " gone"}`, "data-key": one.key },
    el("th", { scope: "row" }, el("div", { class: "of-family" }, el("span", {}, name, el("code", {}, one.key)), fold)),
    el("td", { "data-label": t("rules.standing") }, standing(one), el("small", {}, sourceOf(one))),
    el("td", { class: "minor", "data-label": t("rules.where") }, one.city || t("rules.everywhere")),
    el("td", { "data-label": t("rules.validity") }, one.in_force ? t("rules.in_force") : el("em", { class: "tag" }, t("rules.retired")), el("small", {}, one.valid_from, one.valid_to ? ` – ${one.valid_to}` : "")),
    el("td", { class: "minor", "data-label": t("rules.version") }, number(one.version)));
}

function rows() {
  return families.filter((family) => !state.scheme || family.scheme === state.scheme).flatMap((family) => {
    const inside = family.children.filter(fits);
    if (!inside.length && !fits(family)) return [];
    const below = state.q || unfolded.has(family.key) ? inside : [];
    return [row(family, true, family.children.length ? inside.length : null), ...below.map((one) => row(one, false, null))];
  });
}

function write() {
  const found = rows();
  byId("category-rows").replaceChildren(...found);
  byId("category-table").hidden = !found.length;
  byId("category-empty").hidden = found.length > 0;
}

function summary() {
  const now = leaves().filter((one) => one.in_force);
  const counts = (kind) => now.filter((one) => checked(one) === kind).length;
  byId("category-summary").textContent = t("rules.categories.summary", { n: number(now.length), unchecked: number(counts("unchecked")), own: number(counts("own")) });
}

async function load() {
  families = await ask(`/api/v1/categories${query({ state: "all" })}`);
  summary();
  write();
}

function historyOf(one) {
  if (!one.history?.length) return el("p", { class: "empty" }, t("rules.never_changed"));
  return el("ul", { class: "items" }, one.history.map((old) => el("li", {}, el("div", {}, el("strong", {}, title(old)),
    el("small", {}, t("rules.until", { n: old.version, time: moment(old.until) }), old.source && old.source !== one.source ? ` · ${old.source}` : "")),
  el("button", { type: "button", onclick: () => again(() => editCategory(one, load, { zh: old.zh, en: old.en, source: old.source, verified: old.verified })) }, t("rules.go_back")))));
}

/** One dialog after the other: the card goes, the form comes. */
function again(action) {
  document.querySelector("dialog[open]")?.close();
  action();
}

function card(one) {
  const box = el("div", {}, facts([
    [t("rules.key"), el("code", {}, one.key)], [t("rules.kind"), word("kind", one.kind)], [t("rules.standing"), standing(one)],
    [t("rules.source"), sourceOf(one)], [t("rules.where"), one.city || t("rules.everywhere")],
    [t("rules.validity"), one.in_force ? [t("rules.in_force_from", { day: one.valid_from }), one.valid_to ? aside(t("rules.until_day", { day: one.valid_to })) : ""] : t("rules.retired_on", { day: one.valid_to })],
    [t("rules.replaces"), one.replaces ? el("code", {}, one.replaces) : ""],
  ]), el("h3", {}, t("rules.history")), historyOf(one), problemLine(), el("div", { class: "row" },
    el("button", { type: "button", onclick: () => again(() => editCategory(one, load)) }, t("rules.edit")),
    one.children?.length && one.in_force ? el("button", { type: "button", onclick: () => again(() => addCategory(families, known, load, one)) }, t("rules.add_inside")) : null,
    el("a", { class: "button", href: `#standards?category=${encodeURIComponent(one.key)}`, onclick: () => dialog.close() }, t("rules.its_standards")),
    actionButton(t(one.in_force ? "rules.retire" : "rules.bring_back"), async () => {
      const inside = one.children?.length ?? 0;
      if (one.in_force && !sure(t(inside ? "rules.retire_family_sure" : "rules.retire_sure", { name: title(one), n: number(inside) }))) return;
      await tell("PATCH", `/api/v1/categories/${encodeURIComponent(one.key)}`, { in_force: !one.in_force });
      forgetCategories();
      await load();
      dialog.close();
    }, () => box)));
  const dialog = openDialog(title(one), [box]);
}

function oldCodes() {
  const answer = el("p", { "aria-live": "polite", id: "mapped" });
  const form = el("form", { class: "filters", id: "map-form" },
    field(t("rules.edition"), choice("edition", EDITIONS.map((one) => [one, t(`rules.edition.${one}`)]))),
    field(t("rules.kind"), choice("kind", ["event", "component"].map((one) => [one, t(`rules.kind.${one}`)]))),
    field(t("rules.old_code"), textbox("code", { maxlength: 8, required: true, placeholder: "0110", inputMode: "numeric" })),
    field(t("rules.old_name"), textbox("name", { maxlength: 80 })), problemLine(),
    el("div", { class: "row end" }, el("button", { type: "submit" }, t("rules.look_up"))));
  onSubmit(form, async (values) => {
    const found = await ask(`/api/v1/categories/map${query(values)}`);
    answer.replaceChildren(...(found.key
      ? [t("rules.mapped"), " ", el("strong", {}, title(found)), " ", el("code", {}, found.key)]
      : [el("em", { class: "tag warn" }, t("rules.not_mapped")), lang === "en" ? found.detail_en : found.detail]));
  });
  return el("details", { class: "card fold" }, el("summary", {}, t("rules.old_codes")), el("p", { class: "hint" }, t("rules.old_codes_hint")), form, answer);
}

function filters() {
  const schemes = [...new Set(families.map((one) => one.scheme))];
  const search = later((value) => {
    state.q = value.trim();
    write();
  }, 150);
  const pick = (name) => (event) => {
    state[name] = event.target.value;
    write();
  };
  return el("form", { class: "card filters", role: "search", onsubmit: (event) => event.preventDefault() },
    field(t("rules.search"), textbox("q", { type: "search", maxlength: 60, oninput: (event) => search(event.target.value) })),
    field(t("rules.scheme"), choice("scheme", [["", t("rules.all")], ...schemes.map((one) => [one, word("scheme", one)])], state.scheme, { onchange: pick("scheme") })),
    field(t("rules.show"), choice("show", ["in_force", "retired", "all"].map((one) => [one, t(`rules.show.${one}`)]), state.show, { onchange: pick("show") })));
}

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  families = await ask(`/api/v1/categories${query({ state: "all" })}`);
  const heads = ["name", "standing", "where", "validity", "version"];
  panel.replaceChildren(
    el("div", { class: "head" }, el("p", { class: "hint", id: "category-summary" }), el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "add-category", onclick: () => addCategory(families, known, load) }, t("rules.add_category")), el("button", { type: "button", id: "import-categories", onclick: () => openImport({
      title: t("rules.import_categories"), path: "/api/v1/categories/import", known,
      hint: t("rules.columns", { names: listed(["scheme", "kind", "code", "parent", "name_zh", "name_en", "source", "verified", "valid_from", "valid_to", "replaces"]) }), onDone: load,
    }) }, t("rules.import")))),
    filters(),
    el("section", { class: "card table" }, el("table", { class: "records", id: "category-table" }, el("caption", { class: "visually-hidden" }, t("rules.tab.categories")),
      el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, t(`rules.${one}`))))), el("tbody", { id: "category-rows" })),
      el("p", { class: "empty", id: "category-empty", hidden: true }, t("rules.none_found"))),
    oldCodes(), folded(t("rules.who_changed"), async () => changeList(await changesOf("categories"), (act) => t("rules.change_counts", { n: number(act.details.rows ?? 0), city: act.details.city || t("rules.everywhere") }))));
  summary();
  write();
}
