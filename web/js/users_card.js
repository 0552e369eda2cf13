// One account: what it is, what may be done with it, which roles it holds.
import { ask, reason, tell } from "./api.js";
import { el, facts } from "./dom.js";
import { actionButton, field, onSubmit, openDialog, problemLine, secretBox, sure, textbox } from "./fields.js";
import { moment, number, t, title } from "./i18n.js";
import { grantForm } from "./users_forms.js";

const path = (account, rest = "") => `/api/v1/accounts/${encodeURIComponent(account.id)}${rest}`;
const version = (account) => ({ "If-Match": `"${account.version}"` });

function dates(grant) {
  const until = grant.valid_to ? t("account.until", { date: grant.valid_to }) : t("account.open_ended");
  return !grant.in_force ? `${t("grants.since", { date: grant.valid_from })} · ${until} · ${t("grants.not_now")}` : `${t("grants.since", { date: grant.valid_from })} · ${until}`;
}

/** Whether a role may still be ended: it counts now, or will. */
const mayEnd = (grant) => grant.in_force || !grant.valid_to || grant.valid_to >= new Date().toISOString().slice(0, 10);

function grantRow(account, grant, known, card) {
  const place = grant.area ?? grant.department;
  return el("li", { "data-role": grant.role, class: !grant.in_force ? "over" : "" },
    el("div", {}, el("strong", {}, title(grant)), " ", el("span", {}, place?.name ?? ""),
      grant.categories.length ? el("small", {}, t("grants.only", { n: number(grant.categories.length) })) : null, el("small", {}, dates(grant))),
    known.mayManage && account.id !== known.me && mayEnd(grant) ? actionButton(t("grants.end"), async () => {
      if (!sure(t("grants.sure", { role: title(grant), name: account.display_name }))) return;
      await tell("DELETE", path(account, `/grants/${encodeURIComponent(grant.id)}`));
      await card.again();
    }, () => card.box) : null);
}

function rename(account, card) {
  const form = el("form", { class: "inline" }, field(t("users.display_name"), textbox("display_name", { value: account.display_name, maxlength: 60, required: true })),
    problemLine(), el("button", { type: "submit" }, t("users.rename")));
  return onSubmit(form, async ({ display_name }) => {
    await tell("PATCH", path(account), { display_name: display_name.trim() }, version(account));
    await card.again();
  });
}

function actions(account, card) {
  const button = (key, action, id) => actionButton(t(key), action, () => card.box, { id });
  const disabled = Boolean(account.disabled_at);
  const flip = button(disabled ? "users.enable" : "users.disable", async () => {
    if (!disabled && !sure(t("users.sure_disable", { name: account.display_name }))) return;
    await tell("PATCH", path(account), { disabled: !disabled }, version(account));
    await card.again();
  }, "flip");
  const reset = button("users.reset", async () => {
    if (!sure(t("users.sure_reset", { name: account.display_name }))) return;
    const { password } = await tell("POST", path(account, "/password-reset"));
    await card.again(secretBox(password, t("users.reset_done"), "first-password"));
  }, "reset");
  const out = button("users.log_out", async () => {
    await tell("DELETE", path(account, "/sessions"));
    await card.again(el("p", { class: "done", role: "status" }, t("users.logged_out")));
  }, "log-out");
  return el("div", { class: "row actions" }, flip, disabled ? null : reset, disabled ? null : out);
}

function fill(card, account, known, said) {
  const grants = account.roles.map((grant) => grantRow(account, grant, known, card));
  const own = account.id === known.me;
  card.box.replaceChildren(...[
    said,
    facts([
      [t("users.username"), el("code", {}, account.username)], [t("users.home"), account.home?.name],
      [t("users.state"), account.disabled_at ? t("users.disabled_at", { time: moment(account.disabled_at) }) : account.must_change ? t("users.first") : t("users.active")],
      [t("account.totp"), account.totp ? t("totp.on") : t("totp.off")], [t("users.created"), moment(account.created_at)],
    ]),
    el("h3", {}, t("users.roles")),
    grants.length ? el("ul", { class: "items grants" }, grants) : el("p", { class: "empty" }, t("users.no_roles_yet")),
    problemLine(),
    own ? el("p", { class: "hint" }, t("users.own")) : null,
    known.mayManage && !own && !account.disabled_at ? card.granting : null,
    known.mayManage && !own ? [actions(account, card), el("details", { class: "more" }, el("summary", {}, t("users.rename")), rename(account, card))] : null,
    known.mayAudit ? el("p", {}, el("a", { href: `/audit#object_type=account&object_id=${encodeURIComponent(account.id)}` }, t("users.audit"))) : null,
  ].flat().filter(Boolean));
}

/** Open the card of an account, `giving` with the form of a role; `onChange` when something was changed, so that the list follows. */
export async function openAccount(id, known, onChange, giving = false) {
  const box = el("div", { id: "account-card" }, el("p", { class: "empty" }, t("app.loading")));
  const dialog = openDialog(t("users.account"), [box]);
  const card = { box, granting: null };
  let first = giving;
  const read = () => ask(`/api/v1/accounts/${encodeURIComponent(id)}`);
  const draw = async (said) => {
    const account = await read();
    card.granting = known.mayManage ? el("details", { class: "more", id: "give", ontoggle: async (event) => {
      const place = event.currentTarget;
      if (!place.open || place.querySelector("form")) return;
      place.append(await grantForm(account, known, card.again));
      if (first) place.querySelector("[name=role]").focus();
      first = false;
    } }, el("summary", {}, t("grants.add"))) : null;
    fill(card, account, known, said);
    dialog.querySelector("h2").textContent = account.display_name;
  };
  card.again = async (said = null) => {
    await draw(said);
    onChange();
  };
  try {
    await draw(null);
    if (giving && card.granting) card.granting.open = true;
  } catch (error) {
    box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  }
}
