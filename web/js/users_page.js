// /users: the accounts of one's own subtree.
import { ask } from "./api.js";
import { areaPicker, areasOf } from "./area_picker.js";
import { byId, el, later } from "./dom.js";
import { choice, field, textbox } from "./fields.js";
import { listed, t, title } from "./i18n.js";
import { failed, pagedList } from "./paged_list.js";
import { session } from "./session.js";
import { openAccount } from "./users_card.js";
import { openNewAccount } from "./users_forms.js";

const PAGE = 50;
const filters = { q: "", area: "", state: "" };
let known = null;

const roleText = (grant) => {
  const place = grant.area ?? grant.department;
  return place ? `${title(grant)} · ${place.name}` : title(grant);
};

function stateTags(account) {
  const tags = [];
  if (account.disabled_at) tags.push(el("em", { class: "tag bad" }, t("users.disabled")));
  else tags.push(el("em", { class: "tag ok" }, t("users.active")));
  if (account.must_change && !account.disabled_at) tags.push(el("em", { class: "tag warn" }, t("users.first")));
  return tags;
}

function row(account) {
  const roles = account.roles.filter((grant) => grant.in_force);
  return el("tr", { "data-id": account.id },
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => open(account.id) }, account.display_name), el("code", {}, account.username)),
    el("td", { "data-label": t("users.home") }, account.home?.name ?? "—"),
    el("td", { "data-label": t("users.roles") }, roles.length ? listed(roles.map(roleText)) : el("span", { class: "faint" }, t("users.no_roles"))),
    el("td", { "data-label": t("users.state") }, stateTags(account)));
}

const load = pagedList({ path: "/api/v1/accounts", filters, limit: PAGE, lines: row, words: "users" });
const reload = () => load();

function open(id, giving = false) {
  return openAccount(id, known, reload, giving);
}

function buildFilters() {
  const change = (name) => (event) => {
    filters[name] = event.target.value.trim();
    soon();
  };
  const soon = later(reload, 250);
  byId("filters").replaceChildren(
    field(t("users.search"), textbox("q", { type: "search", maxlength: 60, placeholder: t("users.search_hint"), oninput: change("q") })),
    areaPicker({ name: "area", label: t("users.in_area"), roots: known.reading, any: known.reading.length > 1 ? t("users.all_areas") : "", onChange: (code) => {
      filters.area = code;
      soon();
    } }),
    field(t("users.state"), choice("state", ["", "active", "disabled"].map((one) => [one, t(`users.state.${one || "all"}`)]), "", { onchange: change("state") })));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
}

async function start() {
  const [found, roles] = await Promise.all([session(), ask("/api/v1/roles")]);
  known = {
    me: found.account.id, roles, mayManage: found.permissions.includes("accounts.manage"),
    mayAudit: found.permissions.includes("audit.read"),
    reading: areasOf(found, roles, "accounts.read"), managing: areasOf(found, roles, "accounts.manage"),
  };
  buildFilters();
  byId("add").hidden = !known.mayManage;
  byId("add").addEventListener("click", () => openNewAccount(known, (account) => {
    reload();
    return open(account.id, true);
  }));
  await load();
}

start().catch(failed);
