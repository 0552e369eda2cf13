// /inbox: the boxes of whoever looks with their counts, what lies in the open one, a step for several at once.
import { ask, query } from "./api.js";
import { byId, el } from "./dom.js";
import { dueBadge, nextDue } from "./due.js";
import { categoryOf, moment, number, t } from "./i18n.js";
import { offer } from "./inbox_bulk.js";
import { notices } from "./inbox_notices.js";
import { failed, problem } from "./paged_list.js";
import { eventMark } from "./marks.js";
import { session } from "./session.js";

const LIMIT = 30, ALARM = new Set(["overdue", "returned"]);
const WHISTLES = [["approve", "whistle.approve"], ["answer", "events.handle"], ["rate", "whistle.blow"], ["appeal", "whistle.approve"]];
let boxes = {}, open = "", round = 0;
const items = new Map(), picked = new Set();

const wanted = () => location.hash.slice(1).split("?")[0];

async function counts() {
  const told = await ask("/api/v1/inbox");
  boxes = { ...told.boxes };
  byId("asof").textContent = t("inbox.asof", { time: moment(told.as_of) });
  byId("boxes").replaceChildren(...Object.entries(boxes).map(([name, count]) => el("button", {
    type: "button", id: `box-${name}`, class: [count ? "full" : "", ALARM.has(name) ? "alarm" : ""].join(" ").trim(),
    "aria-current": String(name === open), onclick: () => pick(name),
  }, el("span", {}, t(`box.${name}`)), el("b", {}, number(count)))), ...await elsewhere());
}

/** What waits on pages of its own: whistles to approve, answer, rate or decide on, and what no grid owns. */
async function elsewhere() {
  const { permissions } = await session(), found = [];
  const waits = WHISTLES.filter(([, need]) => permissions.includes(need));
  if (waits.length) {
    const { counts: waiting } = await ask("/api/v1/whistles?limit=1");
    found.push(...waits.map(([name]) => [`whistles-${name}`, `/whistles#${name}`, t("inbox.whistles", { box: t(`whistles.${name}`) }), waiting[name]]));
  }
  if (permissions.includes("events.accept")) found.push(["unplaced", "/unplaced", t("unplaced.title"), (await ask("/api/v1/events/unplaced?limit=1")).count]);
  return found.map(([name, href, text, count]) => el("a", { id: `box-${name}`, href, class: count ? "full" : "" }, el("span", {}, text), el("b", {}, number(count))));
}

function row(event) {
  const tick = el("input", { type: "checkbox", checked: picked.has(event.id), "aria-label": t("inbox.pick", { number: event.number }), onchange: () => choose(event, tick.checked) });
  const place = [event.grid_name ?? t("event.no_grid"), event.department?.name].filter(Boolean);
  const urgent = event.urgency === "normal" ? null : el("em", { class: "tag bad" }, t(`urgency.${event.urgency}`));
  const marks = [event.supervised ? t(`card.${event.supervised}`) : null, event.bounces ? t("inbox.bounces", { n: event.bounces }) : null,
    event.reworks ? t("inbox.reworks", { n: event.reworks }) : null, event.echo ? t("inbox.me_too", { n: event.echo }) : null].filter(Boolean);
  return el("tr", { "data-id": event.id },
    el("td", { class: "tick" }, el("label", { class: "hit" }, tick)),
    el("td", { "data-label": t("inbox.what") }, el("div", {}, el("a", { class: "open", href: `/events/${event.id}` }, categoryOf(event)), urgent, marks.map((text) => el("em", { class: "tag warn" }, text)),
      el("span", { class: "words" }, event.text ?? t("event.withheld")), el("small", { class: "num" }, event.number), el("div", { class: "result", role: "status" }))),
    el("td", { "data-label": t("inbox.where") }, el("div", {}, place[0], place[1] ? el("small", {}, place[1]) : null)),
    el("td", { class: "now", "data-label": t("inbox.state") }, el("span", { class: "state" }, eventMark(event.status, event.urgency), t(`status.${event.status}`))),
    el("td", { "data-label": t("inbox.due") }, el("div", {}, dueBadge(nextDue(event)), el("small", {}, t("inbox.reported", { time: moment(event.opened_at) })))));
}

async function choose(event, on) {
  if (on) picked.add(event.id);
  else picked.delete(event.id);
  const ticks = [...byId("rows").querySelectorAll(".tick input")];
  byId("all").checked = ticks.length > 0 && ticks.every((one) => one.checked);
  try {
    await offer([...picked].map((id) => items.get(id)), told);
  } catch (error) {
    problem(error);
  }
}

/** The row as the event stands now; whoever may no longer see it keeps the old one. */
async function renewed(event, line) {
  try {
    const now = await ask(`/api/v1/events/${event.id}`);
    line.querySelector(".now .state").replaceChildren(eventMark(now.status, now.urgency), t(`status.${now.status}`));
    line.querySelector(".due").replaceWith(dueBadge(nextDue(now)));
    items.set(event.id, { ...event, version: now.version, status: now.status });
  } catch (error) {
    if (error.status !== 404) problem(error);
  }
}

/** Each answer stands in its row, which shows the new state, until the box is opened anew. */
async function told(results) {
  for (const { event, ok, text } of results) {
    picked.delete(event.id);
    const line = byId("rows").querySelector(`tr[data-id="${event.id}"] .result`);
    if (!line) continue; // another box was opened meanwhile
    line.replaceChildren(el("em", { class: `tag ${ok ? "ok" : "bad"}` }, text));
    if (ok) line.closest("tr").querySelector(".tick input").disabled = true;
    line.closest("tr").querySelector(".tick input").checked = false;
  }
  await Promise.all(results.map(({ event }) => [event, byId("rows").querySelector(`tr[data-id="${event.id}"]`)]).map(([event, line]) => line && renewed(event, line)));
  byId("all").checked = false;
  await offer([], told);
  byId("box-title").focus({ preventScroll: true });
  await counts();
}

async function load(cursor = "") {
  round += 1;
  const mine = round, sort = byId("sort").value;
  try {
    const page = await ask(`/api/v1/events${query({ box: open, sort, limit: LIMIT, cursor })}`);
    if (mine !== round) return;
    problem(null);
    if (!cursor) {
      byId("rows").replaceChildren();
      items.clear();
      picked.clear();
      byId("all").checked = false;
      await offer([], told);
    }
    for (const one of page.items) items.set(one.id, one);
    byId("rows").append(...page.items.map(row));
    byId("table").hidden = !items.size;
    byId("empty").hidden = items.size > 0;
    byId("empty").replaceChildren(...(items.size ? [] : empty()));
    byId("more").hidden = !page.next;
    byId("more").onclick = () => load(page.next);
  } catch (error) {
    if (mine === round) problem(error);
  } finally {
    document.body.dataset.ready = "1";
  }
}

/** Nothing here: the fullest other box is the next thing to do, else the map. */
function empty() {
  const [next] = Object.entries(boxes).filter(([name, count]) => count && name !== open).sort((a, b) => b[1] - a[1]);
  return [el("p", {}, t("inbox.empty")), next
    ? el("button", { type: "button", onclick: () => pick(next[0]) }, t("inbox.next", { box: t(`box.${next[0]}`), n: number(next[1]) }))
    : el("a", { class: "button", href: "/map" }, t("inbox.map"))];
}

async function pick(name) {
  history.replaceState(null, "", `#${name}`);
  await show();
  byId("box-title").focus({ preventScroll: true });
}

async function show() {
  const first = Object.keys(boxes).find((name) => boxes[name]) ?? Object.keys(boxes)[0];
  open = wanted() in boxes ? wanted() : first;
  byId("box-title").textContent = t(`box.${open}`);
  for (const button of byId("boxes").querySelectorAll("button")) button.setAttribute("aria-current", String(button.id === `box-${open}`));
  await load();
}

async function start() {
  await counts();
  byId("sort").addEventListener("change", () => load());
  byId("all").addEventListener("change", () => {
    for (const tick of byId("rows").querySelectorAll(".tick input:enabled")) {
      if (tick.checked !== byId("all").checked) tick.click();
    }
  });
  window.addEventListener("hashchange", () => wanted() !== "notices" && show());
  await show();
  await notices();
}

start().catch(failed);
