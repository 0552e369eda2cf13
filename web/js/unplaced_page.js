// /unplaced: open events that no grid owns, oldest first; each is placed in a grid, or moved to where it really is.
import { ask, query, tell } from "./api.js";
import { byId, el, facts, later } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { aside, categoryOf, metres, moment, number, t } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { failed, problem } from "./paged_list.js";
import { PlaceMap } from "./place_map.js";

const LIMIT = 30, LONGEST_REASON = 500, BY_PIN = "pin", LOOK_MS = 300;
const items = new Map();
let map = null, chosen = null, moved = null, round = 0, left = 0;

function line(event) {
  return el("li", {}, el("button", { type: "button", "data-id": event.id, "aria-pressed": String(event.id === chosen?.id), onclick: () => choose(event.id) },
    el("strong", {}, categoryOf(event)), el("span", { class: "words" }, event.text ?? t("event.withheld")),
    el("small", {}, moment(event.opened_at), " · ", t("unplaced.nearest", { grid: event.nearest[0]?.name ?? "—", d: metres(event.nearest[0]?.distance_m) })), el("small", { class: "num" }, event.number)));
}

function writeList() {
  byId("count").textContent = left ? t("unplaced.count", { n: number(left) }) : "";
  byId("rows").replaceChildren(...[...items.values()].map(line));
  byId("empty").hidden = items.size > 0;
  byId("split").hidden = !items.size;
}

async function load(cursor = "") {
  const page = await ask(`/api/v1/events/unplaced${query({ limit: LIMIT, cursor })}`);
  for (const one of page.items) items.set(one.id, one);
  left = page.count;
  byId("more").hidden = !page.next;
  byId("more").onclick = () => load(page.next).catch(problem);
  writeList();
}

/** Which grid the pin stands in now, as the server finds it. */
const look = later(async () => {
  const mine = round, at = moved, line_ = byId("found");
  try {
    const found = await ask(`/api/v1/locate${query({ ...at, coord_sys: "wgs84" })}`);
    if (mine !== round || at !== moved) return;
    line_.className = found.in_service_area && found.grid ? "hint" : "hint warn";
    line_.textContent = !found.in_service_area ? t("report.outside") : found.grid ? t("unplaced.lands", { grid: found.grid.name }) : t("unplaced.lands_nowhere");
  } catch (error) {
    if (mine === round) line_.textContent = error.message;
  }
}, LOOK_MS);

function pinned(at) {
  moved = at;
  const radio = byId("place-form").querySelector(`[value=${BY_PIN}]`);
  if (!radio) return;
  radio.disabled = false;
  radio.checked = true;
  map.outline(null);
  look();
}

/** Draw the border of the grid that is chosen. */
async function outline(code) {
  const mine = round;
  const { features } = await ask(`/api/v1/grids.geojson${query({ area: code })}`);
  if (mine === round && byId("place-form").elements.grid?.value === code) map.outline(features);
}

function option(value, text, small, attributes = {}) {
  return el("label", { class: "check" }, el("input", { type: "radio", name: "grid", value, ...attributes }), el("span", {}, text, small ? el("small", {}, small) : null));
}

function write(event, may) {
  byId("panel").replaceChildren(...[el("h2", { id: "panel-title", tabIndex: -1 }, categoryOf(event)), el("p", { class: "words" }, event.text ?? t("event.withheld")),
    facts([[t("unplaced.number"), el("a", { href: `/events/${event.id}` }, event.number)], [t("event.reported_at"), moment(event.opened_at)], [t("event.address"), event.address], [t("inbox.state"), t(`status.${event.status}`)]])].filter(Boolean));
  const form = el("form", { id: "place-form" });
  byId("place-form").replaceWith(form);
  if (!may) {
    form.append(el("p", { class: "hint" }, t("unplaced.not_now")));
    return;
  }
  form.append(el("fieldset", { class: "field" }, el("legend", {}, t("unplaced.where")), el("div", { class: "options" },
    event.nearest.map((one, at) => option(one.code, one.name, t("unplaced.away", { d: metres(one.distance_m) }), { checked: at === 0, onchange: () => outline(one.code).catch(problem) })),
    option(BY_PIN, t("unplaced.by_pin"), t("unplaced.by_pin_hint"), { disabled: true, onchange: look }))), el("p", { class: "hint", id: "found", role: "status" }),
  field(t("act.reason"), el("textarea", { name: "reason", rows: 2, maxLength: LONGEST_REASON, required: true })), problemLine(),
  el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("unplaced.place"))));
  send(form, event);
  if (event.nearest[0]) outline(event.nearest[0].code).catch(problem);
}

function send(form, event) {
  const id = { value: uuid7() };
  onSubmit(form, async ({ grid, reason: why }) => {
    const data = grid === BY_PIN ? { geometry: { type: "Point", coordinates: [moved.lon, moved.lat] }, coord_sys: "wgs84" } : { grid };
    try {
      await tell("POST", `/api/v1/events/${event.id}/commands`, { id: id.value, command: "correct", base_version: event.version, reason: why.trim(), data });
    } catch (error) {
      if (error.status === 412 || error.code === "idempotency_conflict") id.value = uuid7();
      if (error.status === 412) event.version = error.facts.version; // what was typed stays; sent again it counts from here
      throw error;
    }
    await placed(event);
  });
}

async function placed(event) {
  const now = await ask(`/api/v1/events/${event.id}`), said = byId("said");
  said.replaceChildren(now.grid ? t("unplaced.done", { number: event.number, grid: now.grid_name }) : t("unplaced.still", { number: event.number }), aside(categoryOf(event)));
  said.hidden = false;
  items.clear();
  await load();
  const next = items.has(event.id) ? event.id : items.keys().next().value;
  if (next) await choose(next, true);
  said.focus();
}

async function choose(id, quiet = false) {
  round += 1;
  const mine = round;
  chosen = items.get(id);
  moved = null;
  history.replaceState(null, "", `#${id}`);
  for (const button of byId("rows").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.id === id));
  try {
    const now = await ask(`/api/v1/events/${id}/actions`);
    if (mine !== round) return;
    problem(null);
    chosen.version = now.version;
    map ??= new PlaceMap(byId("map"), { label: t("report.pin"), onMove: pinned });
    map.outline(null);
    map.show(chosen, 16);
    write(chosen, now.items.some((one) => one.command === "correct"));
    if (!quiet) byId("panel-title").focus({ preventScroll: true });
    if (!quiet && window.matchMedia("(max-width: 1000px)").matches) byId("panel").scrollIntoView();
  } catch (error) {
    if (mine === round) problem(error);
  }
}

async function start() {
  await load();
  const wanted = location.hash.slice(1), first = items.has(wanted) ? wanted : items.keys().next().value;
  if (first) await choose(first, true);
  document.body.dataset.ready = "1";
}

start().catch(failed);
