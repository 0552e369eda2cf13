// Importing a table of rules: a file is compared first, bad rows are named, and only then is it put in force.
import { ApiError, ask, query, reason } from "./api.js";
import { cityPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { field, openDialog, tellProblem } from "./fields.js";
import { aside, has, label, lang, listed, number, t } from "./i18n.js";

const KINDS = { csv: "text/csv", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };
const WHATS = ["added", "changed", "removed", "unchanged"];
const TAGS = { added: "ok", changed: "warn", removed: "bad" };

/** What kind of time and how long, in the reader's language. */
export const limitOf = (limit) => (lang === "en" ? limit.en : limit.zh);

/** A source that says itself in Chinese and English, “… / …”, in the reader's language. */
export function source(text) {
  const halves = (text ?? "").split(" / ");
  return halves.length === 2 ? halves[lang === "en" ? 1 : 0] : text;
}

/** A word of a list of ours, in the reader's language; one we do not know as it is. */
export const word = (kind, code) => (has(`rules.${kind}.${code}`) ? t(`rules.${kind}.${code}`) : code);

function shown(name, value) {
  if (value === null || value === undefined || value === "" || value?.length === 0) return "—";
  if (name === "limit") return limitOf(value);
  if (name === "evidence") return listed(value.map((one) => word("slot", one)));
  if (name === "lead_rule") return word("lead", value);
  if (name === "confidence") return word("confidence", value);
  if (name === "source") return source(value);
  return typeof value === "boolean" ? t(value ? "rules.yes" : "rules.no") : String(value);
}

function change(one) {
  const about = one.condition_no ? aside(t("rules.condition_no", { n: one.condition_no })) : "";
  const fields = one.what === "changed" ? Object.entries(one.fields) : one.fields.limit ? [["limit", one.fields.limit]] : [];
  return el("li", {}, el("em", { class: `tag ${TAGS[one.what]}` }, t(`rules.${one.what}`)), el("strong", {}, label(one)), about, " ", el("code", {}, one.key),
    fields.map(([name, [was, now]]) => el("small", { class: "block" }, t(`rules.field.${name}`), " ",
      one.what === "added" ? null : el("span", { class: "was" }, shown(name, was)), one.what === "changed" ? " → " : null,
      one.what === "removed" ? null : el("span", {}, shown(name, now)))));
}

/** What a table changes, as the API compares it. */
export function difference(found) {
  const none = WHATS.slice(0, 3).every((what) => !found.counts[what]);
  return el("section", { id: "difference", tabindex: -1, "aria-label": t("rules.difference") },
    el("h3", {}, t("rules.difference")),
    el("p", { class: "counts" }, WHATS.map((what) => el("span", {}, t(`rules.${what}`), " ", el("strong", {}, number(found.counts[what]))))),
    found.counts.removed ? el("p", { class: "tellbox warn" }, t("rules.removal", { n: number(found.counts.removed) })) : null,
    found.against ? el("p", { class: "hint" }, t("rules.against", { name: found.against })) : null,
    none ? el("p", { class: "empty" }, t("rules.no_difference")) : el("ul", { class: "problems" }, found.changes.map(change)),
    found.more ? el("p", { class: "hint" }, t("rules.more_changes", { n: number(found.more) })) : null);
}

/** Every bad row of a refused table. */
export function badRows(error) {
  const rows = error.facts.errors;
  return el("section", { id: "bad-rows", tabindex: -1, "aria-label": t("rules.bad_rows") },
    el("p", { class: "problem", role: "alert" }, reason(error)),
    el("ul", { class: "problems" }, rows.map((one) => el("li", {}, el("strong", {}, one.row ? t("rules.row", { n: one.row }) : t("rules.whole_file")), " ",
      one.field ? el("code", {}, one.field) : null, " ", lang === "en" ? one.en : one.zh, one.value ? aside(one.value) : null))));
}

function typeOf(file) {
  const kind = KINDS[file.name.split(".").pop().toLowerCase()];
  if (!kind) throw new ApiError(422, { detail: t("rules.csv_or_xlsx"), detail_en: t("rules.csv_or_xlsx"), field: "file" });
  return kind;
}

/** Everything of a form but the file, as parameters. */
const asked = (form) => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "file"));

/**
 * A dialog that imports a table. `path` is where it goes, `inputs` further fields of the form, `hint` says which
 * columns it has; `onDone()` runs after it was put in force.
 */
export function openImport({ title, path, known, inputs = [], hint, onDone }) {
  const file = el("input", { type: "file", name: "file", required: true, accept: ".csv,.xlsx" });
  const answer = el("div", { "aria-live": "polite" }), confirm = el("button", { type: "button", id: "put", hidden: true }, t("rules.put"));
  const compare = el("button", { type: "submit", class: "primary" }, t("rules.compare"));
  const form = el("form", { id: "import-form", onchange: stale, oninput: stale },
    field(t("rules.file"), file, hint), cityPicker(known, { onChange: stale }),
    inputs, el("p", { class: "problem", role: "alert", hidden: true }), el("div", { class: "row" }, compare, confirm), answer);
  const dialog = openDialog(title, [form]);

  function stale() {
    confirm.hidden = true;
    answer.replaceChildren();
  }

  async function send(dryRun) {
    for (const said of form.querySelectorAll(".said")) said.remove();
    form.querySelector(".problem").hidden = true;
    compare.disabled = confirm.disabled = true;
    try {
      if (!file.files.length) throw new ApiError(422, { detail: t("form.missing"), detail_en: t("form.missing"), field: "file" });
      const [chosen] = file.files;
      const address = `${path}${query({ ...asked(form), dry_run: String(dryRun) })}`;
      return await ask(address, { method: "POST", headers: { "Content-Type": typeOf(chosen) }, body: chosen });
    } catch (error) {
      if (error.code === "invalid_file" && Array.isArray(error.facts.errors)) {
        answer.replaceChildren(badRows(error));
        answer.firstChild.focus();
      } else tellProblem(form, error);
      return null;
    } finally {
      compare.disabled = confirm.disabled = false;
    }
  }

  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    stale();
    const found = await send(true);
    if (!found) return;
    answer.replaceChildren(difference(found));
    answer.firstChild.focus();
    confirm.hidden = false;
  });
  confirm.addEventListener("click", async () => {
    const done = await send(false);
    if (!done) return;
    dialog.close();
    await onDone(done);
  });
  return dialog;
}
