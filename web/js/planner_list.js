// The list of homes beyond the walk, the worst first: a row leads to the building, its reason and its way.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { metres, number, t } from "./i18n.js";
import { reasonText } from "./planner_building.js";
import { count, empty, hint } from "./planner_parts.js";

const PAGE = 50;

/** How far it misses: in the unit of the question. */
function shortfall(one) {
  if (!one.nearest) return t("building.none");
  if (one.shortfall_s) return t("list.beyond", { d: t("building.minutes", { n: number(Math.ceil(one.shortfall_s / 6) / 10) }) });
  return one.shortfall_m ? t("list.beyond", { d: metres(one.shortfall_m) }) : null;
}

function item(one, onPick) {
  return el("li", {}, el("button", { type: "button", "data-code": one.code, onclick: (event) => {
    for (const other of event.currentTarget.closest("ol").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    event.currentTarget.setAttribute("aria-current", "true");
    onPick(one);
  } }, el("span", { class: "body" },
    el("strong", {}, one.name || one.address || one.code),
    el("small", {}, reasonText(one), ...[shortfall(one), one.nearest?.name].filter(Boolean).flatMap((text) => [" · ", text]))),
  el("span", { class: "people" }, count(one.residents, one.residents === null), el("small", {}, t("list.people")))));
}

/** The tab: pages of the list below each other. */
export async function uncoveredList(room) {
  const asked = room.asked();
  const page = (cursor) => ask(`/api/v1/coverage/uncovered${query({ ...asked, limit: PAGE, cursor })}`);
  const first = await page("");
  if (!first.items.length) return empty(t("planner.none_uncovered"));
  const rows = el("ol", { class: "homes" }), shown = el("p", { class: "hint", id: "homes-shown" });
  const more = el("button", { type: "button", class: "wide", id: "homes-more" }, t("map.more"));
  const pick = (one) => {
    room.drawing.ringAt(one.lon, one.lat);
    room.pickBuilding(one.code);
  };
  let told = 0, next = null;
  const add = (given) => {
    rows.append(...given.items.map((one) => item(one, pick)));
    told += given.items.length;
    next = given.next;
    more.hidden = !next;
    shown.textContent = t("list.shown", { n: number(told), total: number(first.total) });
  };
  more.onclick = async () => {
    more.disabled = true;
    await page(next).then(add, room.failed);
    more.disabled = false;
  };
  add(first);
  return [el("div", { class: "section" }, el("h3", {}, t("list.title")), shown, hint(t("list.hint"))), rows, more];
}
