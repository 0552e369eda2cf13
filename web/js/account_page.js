// /account: who am I, my password, the second step, where I am logged in, tokens for scripts.
import { reason } from "./api.js";
import { passwordForm } from "./account_password.js";
import { sessionList } from "./account_sessions.js";
import { tokenList } from "./account_tokens.js";
import { totpCard } from "./account_totp.js";
import { byId, el, facts } from "./dom.js";
import { t, title } from "./i18n.js";
import { forget, safeNext, session } from "./session.js";

const inside = (id) => byId(id).querySelector("div");

function grantRow(role) {
  const place = role.area ?? role.department;
  const until = role.valid_to ? t("account.until", { date: role.valid_to }) : t("account.open_ended");
  return el("li", {}, el("strong", {}, title(role)), el("span", {}, place ? place.name : ""), el("small", {}, until));
}

function me(found) {
  const { account, roles } = found;
  inside("me").replaceChildren(
    facts([
      [t("account.name"), account.display_name], [t("account.username"), el("code", {}, account.username)],
      [t("account.home"), account.home?.name],
    ]),
    el("h3", {}, t("account.roles")),
    roles.length ? el("ul", { class: "grants" }, roles.map(grantRow)) : el("p", { class: "empty" }, t("account.no_roles")));
}

/** Before the first password is changed nothing else is offered. */
function bare(forced) {
  byId("why").hidden = !forced;
  for (const id of ["totp", "sessions", "tokens"]) byId(id).hidden = forced;
}

async function show() {
  const found = await session();
  me(found);
  bare(found.must_change);
  inside("password").replaceChildren(passwordForm(found, async () => {
    const next = new URLSearchParams(location.search).get("next");
    if (found.must_change && next) {
      location.assign(safeNext(next));
      return;
    }
    forget();
    await show();
  }));
  if (found.must_change) {
    byId("password").querySelector("input[type=password]").focus();
    return;
  }
  inside("totp").replaceChildren(totpCard(found, async () => {
    forget();
    await show();
  }));
  await Promise.all([sessionList(inside("sessions")), tokenList(inside("tokens"), found)]);
}

show().catch((error) => {
  byId("problem").textContent = reason(error);
  byId("problem").hidden = false;
}).finally(() => { document.body.dataset.ready = "1"; });
