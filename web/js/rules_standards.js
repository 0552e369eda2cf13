// The tab of filing standards: what is in force where, every version by city, import with a difference first.
import { ask, query } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { byId, el, facts, later } from "./dom.js";
import { choice, field, openDialog, textbox } from "./fields.js";
import { aside, label, lang, listed, moment, number, t, title } from "./i18n.js";
import { problem } from "./paged_list.js";
import { limitOf, openImport, source, word } from "./rules_import.js";
import { changesOf, whoWhen } from "./rules_parts.js";
import { backToSet, editStandard } from "./rules_standard_form.js";

const STEP = 40; // categories shown at once
const COLUMNS = ["category", "condition_no", "condition", "condition_en", "limit", "closure", "closure_en", "evidence", "lead", "lead_department", "source", "confidence"];
const state = { set: "", area: "", q: "", category: "" };
let items = [], sets = [], acts = new Map(), shown = STEP, known = null, round = 0;

const nameOfSet = (one) => `${one.city ? `${one.city_name ?? ""} ${one.city}`.trim() : t("rules.everywhere")} · ${one.version}`;
const either = (zh, en) => (lang === "en" ? en || zh : zh);
const sureness = (one) => el("em", { class: `tag ${one.confidence === "verified" ? "ok" : one.confidence === "defined" ? "" : "warn"}` }, word("confidence", one.confidence));
const lead = (one) => (one.lead === "department" ? one.lead_department : word("lead", one.lead));

function grouped() {
  const found = new Map();
  for (const one of items) {
    if (!found.has(one.category)) found.set(one.category, []);
    found.get(one.category).push(one);
  }
  return [...found.values()];
}

function row(one, first, span) {
  const about = { zh: one.category_zh, en: one.category_en };
  const head = first ? el("th", { scope: "row", rowSpan: span, class: "of" }, title(about), el("code", {}, one.category),
    one.family_zh ? el("small", {}, title({ zh: one.family_zh, en: one.family_en })) : null) : null;
  return el("tr", { "data-id": one.id, class: first ? "first" : "" }, head,
    el("td", { class: "long", "data-label": t("rules.condition") }, el("button", { type: "button", class: "link", onclick: () => card(one) }, `${one.condition_no}. ${either(one.condition, one.condition_en)}`)),
    el("td", { class: "short", "data-label": t("rules.limit") }, el("strong", {}, limitOf(one.limit))),
    el("td", { class: "long", "data-label": t("rules.closure") }, either(one.closure, one.closure_en)),
    el("td", { class: one.lead === "department" ? "" : "short", "data-label": t("rules.lead") }, lead(one)),
    el("td", { "data-label": t("rules.source") }, sureness(one)));
}

async function putIn(done) {
  state.set = "";
  byId("standard-set").value = "";
  await Promise.all([loadSets(), load()]);
  byId("set-rows").querySelector(`[data-set="${done.id}"] button`)?.focus();
}

function card(one) {
  const dialog = openDialog(`${label({ zh: one.category_zh, en: one.category_en })} ${aside(t("rules.condition_no", { n: one.condition_no }))}`, [facts([
    [t("rules.condition"), either(one.condition, one.condition_en)], [t("rules.limit"), el("span", {}, limitOf(one.limit), aside(t(`rules.runs.${one.limit.kind}`)))],
    [t("rules.closure"), either(one.closure, one.closure_en)],
    [t("rules.evidence"), one.evidence.length ? listed(one.evidence.map((slot) => word("slot", slot))) : t("rules.no_evidence")],
    [t("rules.lead"), lead(one)], [t("rules.source"), el("span", {}, sureness(one), " ", source(one.source))],
    [t("rules.set"), `${one.city || t("rules.everywhere")} · ${one.version}`], [t("rules.key"), el("code", {}, one.category)],
  ]), el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "edit-standard", onclick: () => {
    dialog.close();
    editStandard({ one, known, onDone: putIn });
  } }, t("rules.edit")), el("button", { type: "button", onclick: () => {
    dialog.close();
    editStandard({ category: one.category, known, onDone: putIn });
  } }, t("rules.add_condition")))]);
}

function write() {
  const groups = grouped(), seen = groups.slice(0, shown);
  byId("standard-rows").replaceChildren(...seen.flatMap((group) => group.map((one, at) => row(one, at === 0, group.length))));
  byId("standard-table").hidden = !groups.length;
  byId("standard-empty").hidden = groups.length > 0;
  byId("standard-more").hidden = groups.length <= shown;
  byId("standard-count").textContent = t("rules.standards.count", { categories: number(groups.length), n: number(items.length) });
  byId("only-category").hidden = !state.category;
}

async function load() {
  round += 1;
  const mine = round, { set, q, category } = state;
  try {
    const found = await ask(`/api/v1/standards${query({ set, q, category, area: set ? "" : state.area })}`);
    if (mine !== round) return;
    items = found.items;
    shown = STEP;
    problem(null);
    write();
  } catch (error) {
    if (mine === round) problem(error);
  }
}

function setRow(one) {
  const open = el("button", { type: "button", class: "link", onclick: () => {
    byId("standard-set").value = String(one.id);
    state.set = String(one.id);
    load();
    byId("standard-set").focus();
  } }, nameOfSet(one));
  return el("tr", { "data-set": one.id, class: one.in_force ? "" : "gone" }, el("th", { scope: "row" }, open, el("small", { class: "block" }, label(one))),
    el("td", { "data-label": t("rules.validity") }, one.in_force ? el("em", { class: "tag ok" }, t("rules.in_force")) : one.valid_to ? t("rules.past") : t("rules.to_come"),
      el("small", {}, one.valid_from, one.valid_to ? ` – ${one.valid_to}` : "")),
    el("td", { "data-label": t("rules.contents") }, t("rules.standards.count", { categories: number(one.categories), n: number(one.standards) })),
    el("td", { class: "long", "data-label": t("rules.source") }, source(one.source)), el("td", { "data-label": t("rules.imported") }, el("span", {}, acts.has(String(one.id)) ? whoWhen(acts.get(String(one.id))) : moment(one.imported_at)),
      one.valid_to && !one.in_force && known.roots.some((root) => one.city.startsWith(root.code)) ? el("button", { type: "button", onclick: () => backToSet(one, putIn) }, t("rules.go_back")) : null));
}

async function loadSets() {
  const [found, changes] = await Promise.all([ask("/api/v1/standard-sets"), changesOf("filing_standards")]);
  sets = found.items;
  acts = new Map(changes.map((one) => [one.object, one]));
  byId("set-rows").replaceChildren(...sets.map(setRow));
  const chosen = state.set;
  byId("standard-set").replaceChildren(el("option", { value: "" }, t("rules.by_area")), ...sets.map((one) =>
    el("option", { value: String(one.id), selected: String(one.id) === chosen }, one.in_force ? nameOfSet(one) : nameOfSet(one) + aside(t("rules.not_in_force")))));
}

function filters() {
  const search = later((value) => {
    state.q = value.trim();
    load();
  });
  return el("form", { class: "card filters", role: "search", onsubmit: (event) => event.preventDefault() },
    field(t("rules.search"), textbox("q", { type: "search", maxlength: 60, oninput: (event) => search(event.target.value) })),
    field(t("rules.set"), choice("set", [], "", { id: "standard-set", onchange: (event) => {
      state.set = event.target.value;
      load();
    } }), t("rules.by_area_hint")),
    areaPicker({ name: "area", label: t("rules.area"), roots: known.roots, any: t("rules.everywhere"), onChange: (code) => {
      state.area = code;
      load();
    } }));
}

function openStandardsImport() {
  return openImport({
    title: t("rules.import_standards"), path: "/api/v1/standard-sets", known, hint: t("rules.columns", { names: listed(COLUMNS) }),
    inputs: [
      el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { maxlength: 40, required: true, placeholder: "2026.2" }), t("rules.version_hint")),
        field(t("rules.from"), el("input", { type: "date", name: "valid_from" }), t("rules.from_hint"))),
      field(t("rules.set_name"), textbox("name")), field(t("rules.source"), textbox("source"), t("rules.source_hint")),
      el("details", { class: "more" }, el("summary", {}, t("rules.older_codes")), el("p", { class: "hint" }, t("rules.older_codes_hint")),
        el("div", { class: "pair" }, field(t("rules.edition"), choice("edition", [["", "—"], ...["gbt30428.2-2013", "cjt214-2007"].map((one) => [one, t(`rules.edition.${one}`)])])),
          field(t("rules.kind"), choice("kind", [["", "—"], ...["event", "component"].map((one) => [one, t(`rules.kind.${one}`)])])))),
    ],
    onDone: async (done) => {
      await loadSets();
      byId("standard-set").value = state.set = String(done.id);
      await load();
      byId("import-standards").focus();
    },
  });
}

function fromAddress() {
  const [tab, asked = ""] = location.hash.slice(1).split("?");
  return tab === "standards" ? new URLSearchParams(asked).get("category") ?? "" : "";
}

function onlyCategory() {
  return el("p", { class: "row", id: "only-category", hidden: true }, el("span", {}, t("rules.only_category")), el("button", { type: "button", onclick: () => {
    state.category = "";
    history.replaceState(null, "", "#standards");
    load();
  } }, t("rules.all_categories")));
}

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  state.category = fromAddress();
  window.addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#standards?")) return;
    state.category = fromAddress();
    load();
  });
  const heads = ["category", "condition", "limit", "closure", "lead", "source"], ofSets = ["set", "validity", "contents", "source", "imported"];
  panel.replaceChildren(
    el("div", { class: "head" }, el("p", { class: "hint", id: "standard-count", role: "status" }), el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "add-standard", onclick: () => editStandard({ category: state.category, known, onDone: putIn }) }, t("rules.add_condition")),
      el("button", { type: "button", id: "import-standards", onclick: openStandardsImport }, t("rules.import")))),
    filters(), onlyCategory(),
    el("section", { class: "card table" }, el("table", { class: "records", id: "standard-table" }, el("caption", { class: "visually-hidden" }, t("rules.tab.standards")),
      el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, t(`rules.${one}`))))), el("tbody", { id: "standard-rows" })),
      el("p", { class: "empty", id: "standard-empty", hidden: true }, t("rules.none_found")),
      el("button", { type: "button", class: "wide", id: "standard-more", hidden: true, onclick: () => {
        shown += STEP;
        write();
      } }, t("rules.show_more"))),
    el("section", { class: "card table" }, el("table", { class: "records" }, el("caption", {}, t("rules.versions")),
      el("thead", {}, el("tr", {}, ofSets.map((one) => el("th", { scope: "col" }, t(`rules.${one}`))))), el("tbody", { id: "set-rows" }))),
    el("p", { class: "hint" }, t("rules.standards.note")));
  await Promise.all([loadSets(), load()]);
}
