// The tab of calendars: a year as months, told by letters as well as colour; which holidays are known; a city's own
// days, hours and limits; what was changed by whom, and going back.
import { ask, query } from "./api.js";
import { byId, el, facts } from "./dom.js";
import { actionButton, choice, field, problemLine, sure } from "./fields.js";
import { label, lang, listed, moment, number, t } from "./i18n.js";
import { problem } from "./paged_list.js";
import { dayForm, editable, newCalendar, openBack, openHours } from "./rules_calendar_edit.js";
import { cell, changesOf, either, folded, table, tag, today, whoWhen } from "./rules_parts.js";

const FIRST = 2020, LAST = 2040;
const LETTERS = { work: "", make_up: "make_up", short: "short", weekend: "", holiday: "holiday" };
const state = { code: "", year: Number(today().slice(0, 4)), at: today() };
let items = [], current = null, days = [], known = null;

const monthName = new Intl.DateTimeFormat(lang, { month: "long", timeZone: "UTC" });
const weekdayName = new Intl.DateTimeFormat(lang, { weekday: lang === "en" ? "short" : "narrow", timeZone: "UTC" });
const MONDAY = Date.UTC(2026, 0, 5), DAY = 86_400_000;
const weekdays = [...Array(7).keys()].map((n) => weekdayName.format(MONDAY + n * DAY));
export const words = (kind) => t(`calendar.kind.${kind}`);

/* ---- the year ---- */

function said(one) {
  return [one.day, words(one.kind), one.name, one.sessions, one.own ? t("calendar.own_day") : "", one.known ? "" : t("calendar.unknown_day")].filter(Boolean).join(lang === "en" ? ", " : "，");
}

function dayButton(one) {
  const letter = LETTERS[one.kind] ? t(`calendar.letter.${one.kind}`) : "";
  return el("td", { class: `day ${one.kind}${one.known ? "" : " unknown"}${one.own ? " own" : ""}` }, el("button", {
    type: "button", "data-day": one.day, tabindex: one.day === state.at ? 0 : -1, "aria-label": said(one), title: said(one),
    onclick: () => pick(one),
  }, el("span", {}, String(Number(one.day.slice(8)))), el("small", { "aria-hidden": "true" }, letter, one.own ? "*" : "", one.known ? "" : "?")));
}

function month(number_) {
  const inside = days.filter((one) => Number(one.day.slice(5, 7)) === number_);
  const before = (new Date(`${inside[0].day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const cells = [...Array(before).fill(null), ...inside], rows = [];
  for (let at = 0; at < cells.length; at += 7) rows.push(cells.slice(at, at + 7));
  return el("table", { class: "month" }, el("caption", {}, monthName.format(Date.UTC(state.year, number_ - 1, 1))),
    el("thead", {}, el("tr", {}, weekdays.map((one) => el("th", { scope: "col" }, one)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((one) => (one ? dayButton(one) : el("td", {})))))));
}

const shift = (day, n) => new Date(Date.parse(`${day}T00:00:00Z`) + n * DAY).toISOString().slice(0, 10);

/** Arrows walk the days as they stand; Enter opens one. */
function walk(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 }[event.key];
  const from = event.target.dataset?.day;
  if (!step || !from) return;
  event.preventDefault();
  const to = byId("calendar-year").querySelector(`[data-day="${shift(from, step)}"]`);
  if (!to) return;
  event.target.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
  state.at = to.dataset.day;
}

function writeYear() {
  if (!days.some((one) => one.day === state.at)) state.at = days[0].day;
  byId("calendar-year").replaceChildren(...[...Array(12).keys()].map((n) => month(n + 1)));
  const unknown = days.filter((one) => !one.known).length;
  byId("calendar-known").hidden = !unknown;
  byId("calendar-known").textContent = t("calendar.year_unknown", { year: state.year, day: current.known_to ?? "—" });
  byId("calendar-counts").textContent = ["holiday", "make_up", "short"].map((kind) => `${words(kind)} ${number(days.filter((one) => one.kind === kind).length)}`).join(" · ");
}

async function loadYear() {
  const found = await ask(`/api/v1/calendars/${encodeURIComponent(state.code)}/days${query({ year: state.year })}`);
  if (found.code !== state.code || found.year !== state.year) return;
  days = found.items;
  writeYear();
}

async function pick(one) {
  state.at = one.day;
  await dayForm(current, one, known, reload);
}

/* ---- what holds ---- */

const hours = (one) => el("span", { class: "block" }, one.sessions, one.valid_from || one.valid_to ? ` ${t("calendar.season", { from: one.valid_from ?? "…", to: one.valid_to ?? "…" })}` : "");
const week = (one) => listed(one.week.map((works, n) => (works ? weekdays[n] : null)).filter(Boolean));

function ownDays() {
  if (!current.days.length) return el("p", { class: "empty" }, t(editable(current, known) ? "calendar.no_own_days" : "calendar.no_own_days_here"));
  return table("own-days", t("calendar.own_days", { n: number(current.days.length) }), ["day", "what", "name", "says"].map((one) => t(`calendar.${one}`)), current.days.map((one) =>
    el("tr", {}, el("th", { scope: "row" }, one.day), cell(t("calendar.what"), t(one.works ? "calendar.works" : "calendar.off"), one.sessions ? ` ${one.sessions}` : ""),
      cell(t("calendar.name"), one.name || "—"), cell(t("calendar.says"), one.source || "—"))));
}

const limits = () => table("calendar-limits", t("calendar.limits"), ["stage", "workflow", "urgency", "limit"].map((one) => t(`calendar.${one}`)), current.limits.map((one) =>
  el("tr", {}, el("th", { scope: "row" }, t(`calendar.stage.${one.stage}`) === `calendar.stage.${one.stage}` ? one.stage : t(`calendar.stage.${one.stage}`)), cell(t("calendar.workflow"), one.workflow || t("rules.all")),
    cell(t("calendar.urgency"), one.urgency ? t(`urgency.${one.urgency}`) : t("rules.all")), cell(t("calendar.limit"), t(`rules.limit.${one.kind}`, { n: number(one.value) })))));

async function history() {
  const acts = await changesOf("calendar", current.code);
  const rows = current.versions.map((one) => el("tr", { "data-version": one.version }, el("th", { scope: "row" }, number(one.version), " ", one.ended_at ? null : tag(t("rules.in_force"), "ok")),
    cell(t("rules.who_when_head"), whoWhen(acts.find((act) => act.details.version === one.version) ?? null)),
    cell(t("rules.validity"), `${moment(one.created_at)} – ${one.ended_at ? moment(one.ended_at) : ""}`), cell(t("calendar.says"), one.source),
    el("td", {}, one.ended_at && editable(current, known) ? el("button", { type: "button", onclick: () => openBack(current, one.version, reload) }, t("rules.go_back")) : null)));
  return el("div", { class: "table" }, table("calendar-versions", t("rules.versions"), ["version", "who_when_head", "validity"].map((one) => t(`rules.${one}`)).concat(t("calendar.says"), t("rules.act")), rows));
}

function about() {
  const mine = editable(current, known);
  byId("calendar-about").replaceChildren(
    facts([
      [t("rules.where"), current.city || t("rules.everywhere")], [t("calendar.known_to"), current.known_to ? el("strong", {}, current.known_to) : t("app.none")],
      [t("calendar.week"), week(current)], [t("calendar.hours"), el("span", {}, current.schedules.map(hours))],
      [t("calendar.rework"), t(`calendar.rework.${current.rework}`)], [t("rules.source"), current.source], [t("rules.version"), number(current.version)],
    ]), el("div", { class: "row" },
      mine ? el("button", { type: "button", id: "calendar-hours", onclick: () => openHours(current, reload) }, t("calendar.change_hours")) : null,
      mine ? null : el("p", { class: "hint" }, t(current.city ? "calendar.not_yours" : "calendar.national"))));
  byId("calendar-own").replaceChildren(ownDays());
  byId("calendar-history").replaceChildren(folded(t("rules.versions"), history), folded(t("calendar.limits"), () => el("div", { class: "table" }, limits())));
}

async function load() {
  current = await ask(`/api/v1/calendars/${encodeURIComponent(state.code)}`);
  about();
  await loadYear();
}

/** Read everything anew and show a calendar; the focus returns to the day it was on. */
async function reload(code = state.code) {
  items = (await ask("/api/v1/calendars")).items;
  state.code = code;
  fillChoice();
  await load();
  byId("calendar-year").querySelector(`[data-day="${state.at}"]`)?.focus();
}

const named = (one) => `${label(one)} · ${one.city || t("rules.everywhere")}`;

function fillChoice() {
  byId("calendar").replaceChildren(...items.map((one) => el("option", { value: one.code, selected: one.code === state.code }, named(one))));
}

function move(n) {
  state.year = Math.min(LAST, Math.max(FIRST, state.year + n));
  byId("calendar-of-year").value = String(state.year);
  loadYear().catch(problem);
}

function controls() {
  const years = [...Array(LAST - FIRST + 1).keys()].map((n) => String(FIRST + n));
  return el("form", { class: "card filters calendars", onsubmit: (event) => event.preventDefault() },
    field(t("calendar.calendar"), choice("calendar", [], "", { id: "calendar", onchange: (event) => {
      state.code = event.target.value;
      load().catch(problem);
    } })),
    field(t("calendar.year"), choice("year", years.map((one) => [one, one]), String(state.year), { id: "calendar-of-year", onchange: (event) => {
      state.year = Number(event.target.value);
      loadYear().catch(problem);
    } })),
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => move(-1) }, t("calendar.earlier")), el("button", { type: "button", onclick: () => move(1) }, t("calendar.later"))));
}

const legend = () => el("ul", { class: "kinds" }, ["work", "weekend", "holiday", "make_up", "short"].map((kind) =>
  el("li", {}, el("span", { class: `day ${kind}`, "aria-hidden": "true" }, LETTERS[kind] ? t(`calendar.letter.${kind}`) : ""), words(kind))),
el("li", {}, el("span", { class: "day own", "aria-hidden": "true" }, "*"), t("calendar.own_day")), el("li", {}, el("span", { class: "day unknown", "aria-hidden": "true" }, "?"), t("calendar.unknown_day")));

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  items = (await ask("/api/v1/calendars")).items;
  const mine = items.find((one) => editable(one, known));
  state.code = (mine ?? items[0])?.code ?? "";
  panel.replaceChildren(
    el("div", { class: "head" }, el("p", { class: "hint" }, t("calendar.intro")), el("button", { type: "button", class: "primary", id: "new-calendar", onclick: () => newCalendar(items, known, reload) }, t("calendar.new"))),
    controls(), el("section", { class: "card", id: "calendar-about" }),
    el("p", { class: "tellbox warn", id: "calendar-known", role: "status", hidden: true }),
    el("section", { class: "card" }, el("div", { class: "head" }, legend(), el("p", { class: "hint", id: "calendar-counts", role: "status" })),
      el("p", { class: "hint" }, t("calendar.walk")), el("div", { class: "year", id: "calendar-year", onkeydown: walk })),
    el("section", { class: "card table", id: "calendar-own" }), el("div", { id: "calendar-history" }));
  fillChoice();
  if (state.code) await load();
}
