// What a click opens: the card of a grid, of an event, of a station. Text only, never markup.
import { contacts } from "./contact.js";
import { byId, el, facts } from "./dom.js";
import { aside, categoryOf, listed, metres, moment, number, t } from "./i18n.js";
import { eventMark, stationLabel, stationMark } from "./symbols.js";

/** Show a card in the panel beside the map; it takes the focus, closing gives it back. */
export function openPanel(kind, title, children, onClose = () => {}) {
  const panel = byId("panel"), before = document.activeElement;
  const close = () => {
    panel.hidden = true;
    panel.replaceChildren();
    onClose();
    // the list may have been written anew since: the same row, not the same element
    const id = before?.dataset?.id;
    const back = before?.isConnected ? before : id && [...document.querySelectorAll("#events button")].find((one) => one.dataset.id === id);
    back?.focus?.({ preventScroll: true });
  };
  panel.replaceChildren(
    el("header", {}, el("div", {}, el("p", { class: "kind" }, kind), el("h2", {}, title)),
      el("button", { type: "button", "aria-label": t("app.close"), onclick: close }, "×")),
    ...children.flat(Infinity).filter(Boolean));
  panel.hidden = false;
  panel.onkeydown = (event) => event.key === "Escape" && close();
  panel.parentElement.scrollTop = 0;
  panel.focus({ preventScroll: true });
}

const method = (name, distance) => {
  const far = distance === null || distance === undefined ? "" : aside(t("event.to_border", { d: metres(distance) }));
  return `${t(`method.${name}`)}${far}`;
};

function trail(log) {
  return el("ol", { class: "trail" }, log.map((row) => el("li", {},
    t(`status.${row.to}`), row.note ? ` · ${row.note}` : "", el("small", {}, moment(row.at)))));
}

/** The card of an event as the API tells it. */
export function eventCard(event, onGrid) {
  const sources = listed([...new Set((event.reports ?? []).map((report) => t(`source.${report.source}`)))]);
  const grid = event.grid ? el("button", { type: "button", class: "link", onclick: () => onGrid(event.grid) }, event.grid_name || event.grid) : t("event.no_grid");
  return [
    el("p", {}, el("span", { class: "state" }, eventMark(event.status, event.urgency), t(`status.${event.status}`)), " ",
      event.urgency === "normal" ? null : el("span", { class: "sample secret" }, t(`urgency.${event.urgency}`)),
      event.confidential ? el("span", { class: "sample secret" }, t("event.confidential")) : null),
    el("p", { class: "text", id: "event-text" }, event.text || t("event.withheld")),
    facts([
      [t("event.number"), el("span", { class: "num" }, event.number)],
      [t("event.category"), categoryOf(event)],
      [t("event.reported_at"), moment(event.opened_at)],
      [t("event.address"), event.address],
      [t("event.grid"), grid],
      [t("event.method"), method(event.method, event.border_distance_m)],
      [t("event.confirm"), event.confirm ? t("event.confirm_needed") : null],
      [t("event.source"), sources],
      [t("event.closed_at"), event.closed_at ? moment(event.closed_at) : null],
    ]),
    contacts(event),
    event.log?.length ? [el("h3", {}, t("event.log")), trail(event.log)] : null,
  ];
}

const COUNTED = ["buildings", "households", "actual", "registered", "floating", "age_60_79", "age_80", "age_0_14"];

/** The card of a grid: three posts first, then what it counts. */
export function gridCard(area, onEvents) {
  const { posts, people } = area;
  const parents = (area.parents ?? []).map((parent) => parent.name).join(" › ");
  return [
    el("p", { class: "hint" }, parents),
    el("dl", { class: "posts" }, ["grid_lead", "grid_worker", "substitute"].map((role) =>
      el("div", {}, el("dt", {}, t(`post.${role}`)), el("dd", { "data-role": role }, posts[role] ?? t("post.vacant"))))),
    facts([
      [t("grid.code"), el("span", { class: "num" }, area.code)],
      [t("grid.kind"), area.kind ? t(`grid.kind.${area.kind}`) : null],
      [t("grid.open_events"), number(area.open_events)],
      [t("grid.all_events"), number(area.events)],
      ...COUNTED.filter((key) => typeof people[key] === "number").map((key) => [t(`count.${key}`), number(people[key])]),
      [t("count.actual"), area.people_suppressed ? el("span", { class: "withheld" }, t("app.withheld")) : null],
      [t("grid.stations"), number(area.stations)],
      [t("grid.party"), listed((area.party_orgs ?? []).map((org) => org.name)) || null],
      [t("app.as_of"), area.as_of ? moment(area.as_of) : null],
    ]),
    el("p", { class: "row" }, el("button", { type: "button", class: "wide", id: "grid-events", onclick: () => onEvents(area.code) }, t("grid.show_events"))),
  ];
}

/** The card of a station. */
export function stationCard(station) {
  return [
    el("p", {}, el("span", { class: "state" }, stationMark(station.type, station.status), stationLabel(station.type))),
    facts([
      [t("station.status"), t(`station.status.${station.status ?? "existing"}`)],
      [t("station.hours"), station.hours],
      [t("station.area"), station.floor_area_m2 ? t("app.square_metres", { n: number(station.floor_area_m2) }) : null],
      [t("station.capacity"), station.capacity ? number(station.capacity) : null],
      [t("station.services"), listed(station.services ?? []) || null],
      [t("station.code"), station.code],
    ]),
  ];
}

