// Changing a calendar: a day, hours and limits, a city's own, an earlier version; always shown before it is put in force.
import { ask, query, tell } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { el, facts } from "./dom.js";
import { choice, field, openDialog, textbox } from "./fields.js";
import { aside, lang, moment, number, t } from "./i18n.js";
import { either, triedForm } from "./rules_parts.js";

const PATH = "/api/v1/calendars";

/** Whether a calendar is of an area whose rules one sets. The country's is never changed here. */
export const editable = (one, known) => one.city !== "" && known.roots.some((root) => one.city.startsWith(root.code));

/** A calendar as its next version begins: what it says now, but for its limits, which stay unless they are told. */
const next = (one) => ({
  code: one.code, city: one.city, name_zh: one.name_zh, name_en: one.name_en, source: one.source, based_on: one.version, week: one.week,
  schedules: one.schedules, days: one.days, known_to: one.known_to, rework: one.rework,
});

const send = (body, dry, limit) => tell("POST", `${PATH}${query({ dry_run: dry ? "true" : "", limit: dry ? limit : "" })}`, body);
const kindOf = (told) => [t(`calendar.kind.${told.kind}`), told.name ? aside(told.name) : "", told.sessions && told.kind === "short" ? ` ${told.sessions}` : ""];

function ends(one) {
  const same = one.was.due === one.now.due;
  return el("li", {}, t("calendar.limit_from", { limit: either(one.now.limit, one.now.limit_en), time: moment(one.now.start) }), " ",
    same ? el("strong", {}, moment(one.now.due)) : [el("span", { class: "was" }, moment(one.was.due)), " → ", el("strong", {}, moment(one.now.due))],
    same ? aside(t("calendar.as_before")) : "", one.now.provisional ? [" ", el("em", { class: "tag warn" }, t("calendar.provisional"))] : null);
}

/** What a calendar would change. */
function told(found) {
  return [el("h3", {}, t("rules.difference")), el("p", {}, t("calendar.changed", { n: number(found.changed) })),
    el("ul", { class: "problems" }, found.days.map((one) => el("li", {}, el("strong", {}, one.day), " ", el("span", { class: "was" }, kindOf(one.was)), " → ", kindOf(one.now), one.was.sessions === one.now.sessions ? null : el("small", {}, `${one.was.sessions || "—"} → ${one.now.sessions || "—"}`)))),
    found.changed > found.days.length ? el("p", { class: "hint" }, t("rules.more_changes", { n: number(found.changed - found.days.length) })) : null,
    el("h3", {}, t("calendar.deadlines")), el("ul", { class: "problems" }, found.deadlines.map(ends)), el("p", { class: "hint" }, t("calendar.running"))];
}

const limitToTry = () => field(t("calendar.try_limit"), textbox("limit", { value: lang === "en" ? "3 working days" : "3工作日", maxlength: 40 }), t("calendar.try_limit_hint"));
const reasonField = (value = "") => field(t("calendar.says"), textbox("source", { required: true, maxlength: 400, value }), t("calendar.says_hint"));

/* ---- a day ---- */

/** The card of a day; a form, where the calendar is one's own. */
export async function dayForm(calendar, one, known, onDone) {
  const own = calendar.days.find((day) => day.day === one.day) ?? null;
  const shown = facts([[t("calendar.what"), t(`calendar.kind.${one.kind}`)], [t("calendar.name"), one.name], [t("calendar.hours"), one.sessions], [t("calendar.says"), one.source], [t("calendar.holidays"), one.known ? "" : t("calendar.unknown_day")]]);
  if (!editable(calendar, known)) {
    openDialog(one.day, [shown, el("p", { class: "hint" }, t(calendar.city ? "calendar.not_yours" : "calendar.national"))]);
    return;
  }
  const now = own ? (own.works ? (own.sessions ? "short" : "work") : "off") : "list";
  const sessions = field(t("calendar.sessions"), textbox("sessions", { value: own?.sessions ?? "08:00-12:00", maxlength: 120 }), t("calendar.sessions_hint"));
  const kind = choice("kind", ["list", "off", "work", "short"].map((value) => [value, t(`calendar.set.${value}`)]), now, { onchange: () => {
    sessions.hidden = kind.value !== "short";
  } });
  sessions.hidden = now !== "short";
  const changed = (values) => {
    const others = calendar.days.filter((day) => day.day !== one.day);
    if (values.kind === "list") return others;
    return [...others, { day: one.day, works: values.kind !== "off", sessions: values.kind === "short" ? values.sessions : null, name: values.name.trim(), source: values.source.trim() }];
  };
  const form = triedForm({
    id: "day-form", told,
    fields: [field(t("calendar.day_is"), kind), sessions, field(t("calendar.name"), textbox("name", { maxlength: 100, value: own?.name ?? "" }), t("calendar.name_hint")), reasonField(own?.source ?? ""), limitToTry()],
    send: (values, dry) => send({ ...next(calendar), days: changed(values), source: values.source.trim() }, dry, values.limit),
    done: async () => {
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(one.day, [shown, form]);
  kind.focus();
}

/* ---- hours, week, limits ---- */

function rowsOf(columns, rows, addText) {
  const body = el("tbody", {});
  const line = (values) => {
    const tr = el("tr", {}, columns.map(([name, head, make]) => el("td", { "data-label": head }, make(values[name] ?? "", head))),
      el("td", {}, el("button", { type: "button", "aria-label": t("rules.remove_row"), onclick: () => {
        body.dispatchEvent(new Event("change", { bubbles: true }));
        tr.remove();
      } }, "×")));
    return tr;
  };
  body.append(...rows.map(line));
  const read = () => [...body.rows].map((tr) => Object.fromEntries(columns.map(([name], at) => [name, tr.cells[at].firstChild.value.trim()])));
  const box = el("div", {}, el("table", { class: "records" }, el("thead", {}, el("tr", {}, columns.map(([, head]) => el("th", { scope: "col" }, head)), el("th", {}))), body),
    el("button", { type: "button", onclick: () => {
      const made = line({});
      body.append(made);
      made.querySelector("input, select").focus();
    } }, addText));
  return { box, read };
}

const text = (placeholder) => (value, head) => el("input", { type: "text", value, placeholder, "aria-label": head, maxlength: 120 });
const day = (value, head) => el("input", { type: "date", value, "aria-label": head });
const pick = (options) => (value, head) => choice("", options, value, { "aria-label": head });

async function stagesOf() {
  const found = await Promise.all((await ask("/api/v1/workflows")).items.map((one) => ask(`/api/v1/workflows/${one.code}`)));
  const stages = new Map(found.flatMap((one) => one.states).filter((one) => one.stage).map((one) => [one.stage, either(one.label_zh, one.label_en)]));
  return { stages: [["total", t("calendar.stage.total")], ...stages], workflows: [["", t("rules.all")], ...found.map((one) => [one.code, either(one.name_zh, one.name_en)])] };
}

/** The week, the hours by season, until when holidays are known, the limits of stages. */
export async function openHours(calendar, onDone) {
  const { stages, workflows } = await stagesOf();
  const week = el("fieldset", { class: "field" }, el("legend", {}, t("calendar.week")), el("div", { class: "row" }, calendar.week.map((works, n) =>
    el("label", { class: "check" }, el("input", { type: "checkbox", name: `day${n}`, checked: works }), t(`calendar.weekday.${n + 1}`)))));
  const schedules = rowsOf([["sessions", t("calendar.sessions"), text("08:00-12:00 14:00-18:00")], ["valid_from", t("calendar.from"), day], ["valid_to", t("calendar.to"), day]], calendar.schedules, t("calendar.add_season"));
  const limits = rowsOf([["stage", t("calendar.stage"), pick(stages)], ["workflow", t("calendar.workflow"), pick(workflows)],
    ["urgency", t("calendar.urgency"), pick([["", t("rules.all")], ...["normal", "urgent", "emergency"].map((one) => [one, t(`urgency.${one}`)])])], ["limit", t("calendar.limit"), text("4工作时")]], calendar.limits, t("calendar.add_limit"));
  const form = triedForm({
    id: "hours-form", told,
    fields: [week, el("h3", {}, t("calendar.hours")), el("p", { class: "hint" }, t("calendar.hours_hint")), schedules.box,
      el("div", { class: "pair" }, field(t("calendar.known_to"), el("input", { type: "date", name: "known_to", value: calendar.known_to ?? "" }), t("calendar.known_to_hint")),
        field(t("calendar.rework"), choice("rework", ["restart", "continue"].map((one) => [one, t(`calendar.rework.${one}`)]), calendar.rework))),
      el("details", { class: "more" }, el("summary", {}, t("calendar.limits")), el("p", { class: "hint" }, t("calendar.limits_hint")), limits.box), reasonField(), limitToTry()],
    send: (values, dry) => send({
      ...next(calendar), week: calendar.week.map((_, n) => `day${n}` in values), schedules: schedules.read().map((one) => ({ sessions: one.sessions, valid_from: one.valid_from || null, valid_to: one.valid_to || null })),
      known_to: values.known_to || null, rework: values.rework, limits: limits.read(), source: values.source.trim(),
    }, dry, values.limit),
    done: async () => {
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t("calendar.change_hours"), [form]);
}

/* ---- a city's own ---- */

/** A calendar for an area of one's own, with the country's days to begin with. */
export function newCalendar(items, known, onDone) {
  const form = triedForm({
    id: "calendar-form", told,
    fields: [areaPicker({ name: "city", label: t("rules.for_city"), roots: known.roots }),
      el("div", { class: "pair" }, field(t("calendar.code"), textbox("code", { required: true, maxlength: 40, placeholder: "harbin" }), t("calendar.code_hint")), field(t("calendar.name_zh"), textbox("name_zh", { required: true, maxlength: 100 }))),
      field(t("calendar.name_en"), textbox("name_en", { maxlength: 100 })), reasonField(), limitToTry()],
    send: (values, dry) => send({ code: values.code.trim(), city: values.city, name_zh: values.name_zh.trim(), name_en: values.name_en.trim() || null, source: values.source.trim(), based_on: 0 }, dry, values.limit),
    done: async (made) => {
      dialog.close();
      await onDone(made.code);
    },
  });
  const dialog = openDialog(t("calendar.new"), [el("p", { class: "hint" }, t("calendar.new_hint")), form]);
}

/** What an earlier version said, as the next one. */
export async function openBack(calendar, version, onDone) {
  const old = await ask(`${PATH}/${encodeURIComponent(calendar.code)}${query({ version })}`);
  const limits = old.limits.map((one) => ({ stage: one.stage, workflow: one.workflow, urgency: one.urgency, limit: one.limit }));
  const form = triedForm({
    id: "back-form", told, fields: [reasonField(t("rules.back_reason", { n: number(version) })), limitToTry()],
    send: (values, dry) => send({ ...next(old), based_on: calendar.version, limits, source: values.source.trim() }, dry, values.limit),
    done: async () => {
      dialog.close();
      await onDone();
    },
  });
  const dialog = openDialog(t("rules.back_to", { n: number(version) }), [form]);
}
