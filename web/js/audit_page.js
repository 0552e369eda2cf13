// /audit: who did or saw what. The filters live in the address, so that a link shows somebody else the same.
import { ask, query } from "./api.js";
import { areaPicker, areasOf } from "./area_picker.js";
import { byId, el, facts, later } from "./dom.js";
import { choice, field, textbox } from "./fields.js";
import { has, listed, moment, number, t, title } from "./i18n.js";
import { failed, pagedList } from "./paged_list.js";
import { session } from "./session.js";

const PAGE = 50, NARROW = 860;
const ACTIONS = [
  "report.create", "photo.store", "contact.reveal", "coverage.export", "session.login", "session.logout", "session.refused",
  "account.create", "account.update", "account.disable", "password.change", "password.reset", "totp.enable", "totp.disable",
  "token.create", "token.revoke", "grant.create", "grant.end", "audit.read", "audit.purge", "accounts.read",
  "job.create", "job.cancel", "scenario.create", "scenario.update", "scenario.delete", "scenario.adopt", "register.edit",
];
const OBJECTS = ["event", "report", "attachment", "account", "accounts", "token", "session", "login", "coverage", "scenario",
  "register", "station", "gate", "street", "job", "audit"];
const RESULTS = ["ok", "refused", "failed"];
const NAMES = ["actor", "action", "object_type", "object_id", "area", "from", "to", "result"];
const filters = Object.fromEntries(NAMES.map((name) => [name, ""]));
let roles = new Map();

const named = (prefix, code) => (has(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : code);

function read() {
  const search = new URLSearchParams(location.hash.slice(1));
  for (const name of NAMES) filters[name] = (search.get(name) ?? "").slice(0, 200);
}

function write() {
  const text = query(filters).slice(1);
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function detailList(row) {
  const told = Object.entries(row.details ?? {}).map(([name, value]) => [named("audit.detail", name), el("span", { class: "words" }, typeof value === "string" ? value : JSON.stringify(value))]);
  return facts([[t("audit.seq"), number(row.seq)], [t("audit.address"), row.address], [t("audit.trace"), row.trace_id ? el("code", {}, row.trace_id) : null], ...told]);
}

function lines(row) {
  const details = el("tr", { class: "details", hidden: true }, el("td", { colSpan: 6 }, detailList(row)));
  const open = el("button", { type: "button", class: "link", "aria-expanded": "false", onclick: () => {
    details.hidden = !details.hidden;
    open.setAttribute("aria-expanded", String(!details.hidden));
  } }, moment(row.at));
  const held = (row.role ?? "").split(" ").filter(Boolean).map((code) => roles.get(code) ?? code);
  const result = { ok: "tag ok", refused: "tag warn", failed: "tag bad" }[row.result] ?? "tag";
  return [el("tr", { "data-action": row.action, "data-result": row.result },
    el("th", { scope: "row" }, open),
    el("td", { "data-label": t("audit.actor") }, row.account_id ? row.actor : named("actor", row.actor), held.length ? el("small", {}, listed(held)) : null),
    el("td", { "data-label": t("audit.action") }, named("action", row.action)),
    el("td", { "data-label": t("audit.object") }, named("object", row.object_type), " ", row.object_id === "*" ? "" : el("code", {}, row.object_id)),
    el("td", { "data-label": t("audit.area") }, row.area?.name ?? "—"),
    el("td", { "data-label": t("audit.result") }, el("em", { class: result }, named("audit.result", row.result)))), details];
}

const list = pagedList({ path: "/api/v1/audit", filters, limit: PAGE, lines, words: "audit" });

function load() {
  write();
  return list();
}

const soon = later(load, 300);

function change(name) {
  return (event) => {
    filters[name] = event.target.value.trim();
    soon();
  };
}

function build(areas) {
  const pick = (name, key, codes, prefix) => field(t(key), choice(name, [["", t("audit.any")], ...codes.map((code) => [code, named(prefix, code)])], filters[name], { onchange: change(name) }));
  const type = (name, key, attributes) => field(t(key), textbox(name, { value: filters[name], oninput: change(name), ...attributes }));
  const day = (name, key) => field(t(key), el("input", { type: "date", name, value: filters[name], onchange: change(name) }));
  const reset = el("button", { type: "button", id: "reset", class: "plain", onclick: () => {
    for (const name of NAMES) filters[name] = "";
    build(areas);
    load();
  } }, t("map.reset"));
  byId("filters").replaceChildren(
    type("actor", "audit.actor", { maxlength: 64, placeholder: t("audit.actor_hint") }), pick("action", "audit.action", ACTIONS, "action"),
    pick("result", "audit.result", RESULTS, "audit.result"), pick("object_type", "audit.object_type", OBJECTS, "object"), type("object_id", "audit.object_id", { maxlength: 80 }),
    areaPicker({ name: "area", label: t("audit.area"), roots: areas, any: t("audit.any"), onChange: (code) => {
      filters.area = code;
      soon();
    } }),
    day("from", "audit.from"), day("to", "audit.to"), el("div", { class: "row end" }, reset));
}

async function start() {
  const [found, all] = await Promise.all([session(), ask("/api/v1/roles")]);
  roles = new Map(all.map((role) => [role.code, title(role)]));
  const areas = areasOf(found, all, "audit.read");
  read();
  build(areas);
  byId("fold").open = innerWidth > NARROW;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => {
    read();
    build(areas);
    load();
  });
  await load();
}

start().catch(failed);
