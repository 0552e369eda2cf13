// Importing dispatch rules (TOML) and the duty and admission lists (CSV, XLSX): checked first, bad rows named.
import { ApiError, ask, query, reason } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { el } from "./dom.js";
import { field, onSubmit, openDialog, problemLine, textbox } from "./fields.js";
import { aside, lang, number, t } from "./i18n.js";

const KINDS = { csv: "text/csv", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", toml: "application/toml" };

function typeOf(file, kinds) {
  const kind = file.name.split(".").pop().toLowerCase();
  if (kinds.includes(kind)) return KINDS[kind];
  const said = t("dispatch.file_kinds", { kinds: kinds.map((one) => `.${one}`).join(" ") });
  throw new ApiError(422, { detail: said, detail_en: said, field: "file" });
}

/** Every bad row of a refused file. */
function badRows(error) {
  return el("section", { id: "bad-rows", tabindex: -1, "aria-label": t("rules.bad_rows") }, el("p", { class: "problem", role: "alert" }, reason(error)),
    el("ul", { class: "problems" }, error.facts.errors.map((one) => el("li", {}, el("strong", {}, one.row ? t("rules.row", { n: one.row }) : t("rules.whole_file")), " ",
      lang === "en" ? one.en : one.zh, one.value ? aside(one.value) : null))));
}

async function send(answer, action) {
  answer.replaceChildren();
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ApiError) || !error.facts.errors?.length) throw error;
    answer.replaceChildren(badRows(error));
    answer.firstChild.focus();
    return null;
  }
}

const fileOf = (accept) => el("input", { type: "file", name: "file", required: true, accept });

/** A dialog that keeps a TOML file as a draft; `onDone(set)` shows it. */
export function openRulesImport(onDone) {
  const file = fileOf(".toml"), answer = el("div", { "aria-live": "polite" });
  const form = el("form", { id: "rules-form" }, field(t("rules.file"), file, t("dispatch.import_hint")), problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("dispatch.keep"))), answer);
  const dialog = openDialog(t("dispatch.import"), [form]);
  onSubmit(form, async () => {
    const [chosen] = file.files;
    const made = await send(answer, () => ask("/api/v1/rule-sets", { method: "POST", headers: { "Content-Type": typeOf(chosen, ["toml"]) }, body: chosen }));
    if (!made) return;
    dialog.close();
    await onDone(made);
  });
}

/** A dialog that checks a table and then puts it into force as a version of a list. */
export function openListImport(kind, roots, onDone) {
  const file = fileOf(".csv,.xlsx"), answer = el("div", { "aria-live": "polite" });
  let checked = false;
  const button = el("button", { type: "submit", class: "primary" }, t("rules.compare"));
  const stale = () => {
    checked = false;
    button.textContent = t("rules.compare");
    answer.replaceChildren();
  };
  const form = el("form", { id: "list-form", oninput: stale, onchange: stale }, field(t("rules.file"), file, t(`dispatch.${kind}.columns`)),
    areaPicker({ name: "city", label: t("rules.for_city"), roots, onChange: stale }),
    el("div", { class: "pair" }, field(t("rules.version"), textbox("version", { maxlength: 40, required: true, placeholder: "2026.2" }), t("rules.version_hint")),
      field(t("dispatch.begins"), el("input", { type: "date", name: "begins", required: true, value: new Date().toISOString().slice(0, 10) }))),
    problemLine(), el("div", { class: "row" }, button), answer);
  const dialog = openDialog(t(`dispatch.${kind}.import`), [form]);
  onSubmit(form, async ({ city = "", version, begins }) => {
    const [chosen] = file.files, dry = !checked;
    const asked = query({ city, version, begins, dry_run: dry ? "true" : "" });
    const done = await send(answer, () => ask(`/api/v1/${kind}-items/import${asked}`, { method: "POST", headers: { "Content-Type": typeOf(chosen, ["csv", "xlsx"]) }, body: chosen }));
    if (!done) return;
    if (dry) {
      checked = true;
      button.textContent = t("rules.put");
      answer.replaceChildren(el("p", { role: "status" }, t("dispatch.items_read", { n: number(done.count) })));
      return;
    }
    dialog.close();
    await onDone();
  });
}
