// Forms of /users: a new account, and a role given to somebody.
import { ApiError, ask, tell } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { byId, el } from "./dom.js";
import { choice, field, onSubmit, openDialog, problemLine, secretBox, textbox } from "./fields.js";
import { listed, t, title } from "./i18n.js";

/** Make an account; its first password is shown once. `onMade(account)` opens it afterwards. */
export function openNewAccount(known, onMade) {
  const form = el("form", { id: "account-form" },
    field(t("users.username"), textbox("username", { maxlength: 64, required: true, autocapitalize: "none", spellcheck: false }), t("users.username_hint")),
    field(t("users.display_name"), textbox("display_name", { maxlength: 60, required: true })),
    areaPicker({ name: "home", label: t("users.home"), roots: known.managing }),
    el("p", { class: "hint" }, t("users.home_hint")),
    problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("users.make"))));
  const dialog = openDialog(t("users.add"), [form]);
  onSubmit(form, async ({ username, display_name, home }) => {
    const made = await tell("POST", "/api/v1/accounts", { username: username.trim(), display_name: display_name.trim(), home });
    form.replaceWith(el("div", {}, el("p", {}, el("strong", {}, made.display_name), " ", el("code", {}, made.username)),
      secretBox(made.password, t("users.first_password"), "first-password"),
      el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "go-grant", onclick: () => {
        dialog.close();
        onMade(made);
      } }, t("users.then_grant")))));
    byId("first-password").focus();
  });
}

function categoryBoxes(families) {
  const box = (one, name) => el("label", { class: "check" }, el("input", { type: "checkbox", name: "category", value: one.key }), el("span", {}, name));
  return families.map((family) => (family.children?.length
    ? el("details", {}, el("summary", {}, title(family)), box(family, t("grants.whole_family", { name: title(family) })), family.children.map((one) => box(one, title(one))))
    : box(family, title(family))));
}

function roleHint(role) {
  const where = role.held_in === "department" ? t("grants.in_department") : t("grants.in_levels", { levels: listed(role.levels.map((level) => t(`level.${level}`))) });
  return role.dated ? `${where} ${t("grants.needs_end")}` : where;
}

/** Give a role: which, where, from when until when, for which matters. */
export async function grantForm(account, known, onDone) {
  const [departments, families] = await Promise.all([ask("/api/v1/departments").catch(() => []), ask("/api/v1/categories")]);
  const where = el("div"), limits = el("fieldset", { class: "field limits", hidden: true }, el("legend", {}, t("grants.categories")), categoryBoxes(families));
  const hint = el("p", { class: "hint" });
  const role = choice("role", [["", t("grants.choose_role")], ...known.roles.map((one) => [one.code, title(one)])], "", { required: true });
  const until = el("input", { type: "date", name: "valid_to" });
  const form = el("form", { id: "grant-form" }, field(t("grants.role"), role), hint, where,
    el("div", { class: "pair" }, field(t("grants.from"), el("input", { type: "date", name: "valid_from" }), t("grants.from_hint")), field(t("grants.to"), until, t("grants.to_hint"))),
    limits, problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("grants.give"))));
  role.addEventListener("change", () => {
    const chosen = known.roles.find((one) => one.code === role.value);
    hint.textContent = chosen ? roleHint(chosen) : "";
    limits.hidden = !chosen?.limited;
    until.required = Boolean(chosen?.dated);
    if (!chosen) where.replaceChildren();
    else if (chosen.held_in === "department") where.replaceChildren(field(t("grants.department"), choice("department", departments.map((one) => [one.code, one.name]))));
    else if (!where.querySelector("[name=area]")) where.replaceChildren(areaPicker({ name: "area", label: t("grants.area"), roots: known.managing }));
  });
  return onSubmit(form, async (values) => {
    const body = { role: values.role };
    for (const name of ["area", "department", "valid_from", "valid_to"]) if (values[name]) body[name] = values[name];
    if (!limits.hidden) {
      body.categories = [...limits.querySelectorAll("input:checked")].map((one) => one.value);
      if (!body.categories.length) throw new ApiError(422, { detail: t("grants.need_category"), detail_en: t("grants.need_category"), field: "category" });
    }
    await tell("POST", `/api/v1/accounts/${encodeURIComponent(account.id)}/grants`, body);
    await onDone();
  });
}
