// /rules: what decides about events, as data. The frame: one tab a module, loaded when first opened; the open one
// is in the address (#standards). A module exports `open(panel, known)`, which fills its panel, once; `known` is
// {permissions, roots: areas rules.edit is held in, everywhere: whether that is all there is}. Add a line here for a tab, and `rules.tab.<id>` to the texts.
import { ask } from "./api.js";
import { areasOf } from "./area_picker.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { failed, problem } from "./paged_list.js";
import { session } from "./session.js";

const TABS = [
  ["categories", () => import("./rules_categories.js")],
  ["standards", () => import("./rules_standards.js")],
  ["dispatch", () => import("./rules_dispatch.js")],
  ["workflows", () => import("./rules_workflows.js")],
  ["calendars", () => import("./rules_calendars.js")],
  ["subscribers", () => import("./rules_subscribers.js")],
  ["sensors", () => import("./rules_sensors.js")],
];

const opened = new Set();
let known = null;

const wanted = () => {
  const id = location.hash.slice(1).split("?")[0];
  return TABS.some(([one]) => one === id) ? id : TABS[0][0];
};

async function show(id) {
  for (const [one] of TABS) {
    byId(`tab-${one}`).setAttribute("aria-selected", String(one === id));
    byId(`tab-${one}`).tabIndex = one === id ? 0 : -1;
    byId(`panel-${one}`).hidden = one !== id;
  }
  byId(`tab-${id}`).scrollIntoView({ block: "nearest", inline: "nearest" });
  problem(null);
  if (opened.has(id)) return;
  opened.add(id);
  const panel = byId(`panel-${id}`);
  panel.replaceChildren(el("p", { class: "empty" }, t("app.loading")));
  try {
    await (await TABS.find(([one]) => one === id)[1]()).open(panel, known);
  } catch (error) {
    opened.delete(id);
    panel.replaceChildren();
    problem(error);
  }
}

function pick(id, focus = false) {
  history.replaceState(null, "", `#${id}`);
  if (focus) byId(`tab-${id}`).focus();
  return show(id);
}

function key(event) {
  const at = TABS.findIndex(([id]) => id === wanted()), last = TABS.length - 1;
  const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  pick(TABS[to][0], true);
}

async function start() {
  const [found, roles, tops] = await Promise.all([session(), ask("/api/v1/roles"), ask("/api/v1/areas")]);
  const roots = areasOf(found, roles, "rules.edit");
  known = { permissions: found.permissions, roots, everywhere: tops.every((top) => roots.some((one) => one.code === top.code)) };
  byId("tabs").replaceChildren(...TABS.map(([id]) => el("button", {
    type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, onclick: () => pick(id),
  }, t(`rules.tab.${id}`))));
  byId("tabs").addEventListener("keydown", key);
  byId("panels").replaceChildren(...TABS.map(([id]) => el("section", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, hidden: true })));
  window.addEventListener("hashchange", () => show(wanted()));
  await show(wanted());
  document.body.dataset.ready = "1";
}

start().catch(failed);
