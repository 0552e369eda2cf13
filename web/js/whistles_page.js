// /whistles: what waits for whoever looks, box by box; blowing on a place; scores of departments by month and year.
import { ask, query } from "./api.js";
import { areasOf } from "./area_picker.js";
import { byId, el } from "./dom.js";
import { dueBadge } from "./due.js";
import { number, t } from "./i18n.js";
import { failed, problem } from "./paged_list.js";
import { placePick } from "./place_pick.js";
import { session } from "./session.js";
import { placeForm } from "./whistle_blow.js";
import { stateTag } from "./whistle_parts.js";
import { showScores } from "./whistle_scores.js";

const LIMIT = 30, SCORES = "scores";
// The boxes and who has them; in the last ones lies what is finished as well.
const NEED = { approve: "whistle.approve", answer: "events.handle", rate: "whistle.blow", appeal: "whistle.approve", mine: "whistle.blow", department: "events.handle", all: "", [SCORES]: "kpi.read" };
const LONG = new Set(["mine", "department", "all"]);
let boxes = [], counts = {}, open = "", round = 0;

const wanted = () => location.hash.slice(1);

function writeBoxes() {
  byId("boxes").replaceChildren(...boxes.map((name) => el("button", { type: "button", id: `box-${name}`, class: counts[name] && !LONG.has(name) ? "full" : "", "aria-current": String(name === open), onclick: () => pick(name) },
    el("span", {}, t(`whistles.${name}`)), name === SCORES ? null : el("b", {}, number(counts[name])))));
}

function row(one) {
  const due = one.due_at ?? one.departments.map((unit) => unit.due_at).filter(Boolean).sort()[0];
  return el("tr", { "data-id": one.id },
    el("td", { "data-label": t("whistles.what") }, el("div", {}, el("a", { class: "open", href: `/whistles/${one.id}` }, one.reason), one.urgency === "normal" ? null : el("em", { class: "tag bad" }, t(`urgency.${one.urgency}`)),
      one.event ? el("small", { class: "num" }, one.event.number) : null)),
    el("td", { "data-label": t("whistles.area") }, el("div", {}, one.area.name, one.address ? el("small", {}, one.address) : null)),
    el("td", { "data-label": t("whistles.departments") }, el("ul", { class: "units" }, one.departments.map((unit) => el("li", {}, unit.name, " ", stateTag("whistle.answer", unit.status))))),
    el("td", { "data-label": t("inbox.state") }, stateTag("whistle.status", one.status)),
    el("td", { "data-label": t("inbox.due") }, one.closed_at ? "—" : dueBadge(due)));
}

async function load(cursor = "") {
  round += 1;
  const mine = round, is = LONG.has(open) ? byId("open").value : "";
  try {
    const page = await ask(`/api/v1/whistles${query({ box: open, open: is, limit: LIMIT, cursor })}`);
    if (mine !== round) return;
    problem(null);
    counts = page.counts;
    writeBoxes();
    if (!cursor) byId("rows").replaceChildren();
    byId("rows").append(...page.items.map(row));
    const any = byId("rows").children.length > 0;
    byId("table").hidden = !any;
    byId("empty").hidden = any;
    byId("empty").replaceChildren(...(any ? [] : empty()));
    byId("more").hidden = !page.next;
    byId("more").onclick = () => load(page.next);
  } catch (error) {
    if (mine === round) problem(error);
  }
}

/** Nothing here: the next box in which something waits, else where whistles come from. */
function empty() {
  const next = boxes.find((name) => name !== open && !LONG.has(name) && counts[name]);
  return [el("p", {}, t("whistles.empty")), next ? el("button", { type: "button", onclick: () => pick(next) }, t("inbox.next", { box: t(`whistles.${next}`), n: number(counts[next]) })) : el("p", { class: "hint" }, t(byId("blow").hidden ? "whistles.how_else" : "whistles.how"))];
}

async function pick(name) {
  history.replaceState(null, "", `#${name}`);
  await show();
  byId("box-title").focus({ preventScroll: true });
}

async function show() {
  open = boxes.includes(wanted()) ? wanted() : boxes.find((name) => counts[name] && !LONG.has(name)) ?? "all";
  byId("box-title").textContent = t(`whistles.${open}`);
  byId("open").closest("label").hidden = !LONG.has(open);
  byId("list").hidden = open === SCORES;
  byId("scores-box").hidden = open !== SCORES;
  writeBoxes();
  if (open === SCORES) {
    round += 1;
    await showScores(byId("scores-box"));
  } else await load();
  document.body.dataset.ready = "1";
}

/** Blowing on a place of its own; on an event it is done from the page of the event. */
function offerBlowing(areas) {
  const fold = byId("blow");
  fold.hidden = false;
  fold.addEventListener("toggle", async () => {
    if (!fold.open || byId("blow-form").children.length) return;
    try {
      const pin = placePick(byId("map"), byId("found"), { areas, elsewhere: "whistle.elsewhere" });
      byId("pin").onclick = () => pin.map.place();
      await Promise.all([pin.framed, placeForm(byId("blow-form"), pin, (id) => location.assign(`/whistles/${id}`))]);
    } catch (error) {
      problem(error);
    }
  });
}

async function start() {
  const [found, first] = await Promise.all([session(), ask("/api/v1/whistles?limit=1")]);
  const { permissions } = found;
  boxes = Object.keys(NEED).filter((name) => !NEED[name] || permissions.includes(NEED[name]));
  ({ counts } = first);
  if (permissions.includes("whistle.blow")) offerBlowing(areasOf(found, await ask("/api/v1/roles"), "whistle.blow"));
  byId("open").addEventListener("change", () => load());
  window.addEventListener("hashchange", show);
  await show();
}

start().catch(failed);
