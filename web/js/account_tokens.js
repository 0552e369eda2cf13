// Access tokens for scripts and field apps: bounded, dated, shown once, revocable.
import { ApiError, ask, tell } from "./api.js";
import { el } from "./dom.js";
import { actionButton, choice, field, onSubmit, problemLine, secretBox, sure, textbox } from "./fields.js";
import { has, listed, moment, t } from "./i18n.js";

const permissionText = (code) => (has(`permission.${code}`) ? t(`permission.${code}`) : code);
const DAYS = ["30", "90", "180", "365"], DAY_MS = 86400000;

function state(token) {
  if (token.revoked_at) return el("em", { class: "tag" }, t("tokens.revoked"));
  if (new Date(token.expires_at) < new Date()) return el("em", { class: "tag" }, t("tokens.expired"));
  return null;
}

function row(token, box, again) {
  const over = state(token);
  const permissions = listed(token.permissions.map(permissionText));
  return el("li", { class: over ? "over" : "" },
    el("div", {}, el("strong", {}, token.name), over, el("small", {}, permissions),
      el("small", {}, `${t("tokens.until", { date: moment(token.expires_at) })} · ${token.used_at ? t("tokens.used", { time: moment(token.used_at) }) : t("tokens.unused")}`)),
    over ? null : actionButton(t("tokens.revoke"), async () => {
      if (!sure(t("tokens.sure", { name: token.name }))) return;
      await tell("DELETE", `/api/v1/account/tokens/${encodeURIComponent(token.id)}`);
      await again();
    }, () => box));
}

function newForm(found, onMade) {
  const boxes = found.permissions.map((code) => el("label", { class: "check" }, el("input", { type: "checkbox", name: "permission", value: code }), el("span", {}, permissionText(code))));
  const form = el("form", { id: "token-form" },
    field(t("tokens.name"), textbox("name", { maxlength: 60, required: true }), t("tokens.name_hint")),
    el("fieldset", { class: "field" }, el("legend", {}, t("tokens.permissions")), boxes),
    field(t("tokens.days"), choice("days", DAYS.map((n) => [n, t("tokens.n_days", { n })]), "90")),
    field(t("totp.password"), el("input", { type: "password", name: "password", autocomplete: "current-password", maxlength: 128 })),
    problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("tokens.make"))));
  return onSubmit(form, async (values) => {
    const permissions = [...form.querySelectorAll("input[name=permission]:checked")].map((one) => one.value);
    if (!permissions.length) throw new ApiError(422, { detail: t("tokens.need_permission"), detail_en: t("tokens.need_permission"), field: "permission" });
    const expires = new Date(Date.now() + Number(values.days) * DAY_MS - 60000).toISOString();
    await onMade(await tell("POST", "/api/v1/account/tokens", { name: values.name.trim(), permissions, expires_at: expires, ...(values.password ? { password: values.password } : {}) }));
  });
}

export async function tokenList(box, found, made = null) {
  const answer = await ask("/api/v1/account/tokens");
  const { items } = answer;
  const again = (secret) => tokenList(box, found, secret ?? null);
  const empty = el("p", { class: "empty" }, t("tokens.none"));
  box.replaceChildren(
    made ? secretBox(made.token, t("tokens.once"), "token-secret") : "",
    items.length ? el("ul", { class: "items" }, items.map((token) => row(token, box, again))) : empty, problemLine(),
    found.permissions.length ? el("details", { class: "more" }, el("summary", {}, t("tokens.new")), newForm(found, again)) : "");
}
