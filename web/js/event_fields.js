// Inputs made of what a step requires: words, a department, a standard, a day, a card, photos.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { choice, field, textbox } from "./fields.js";
import { aside, categoryOf, has, label, lang, listed, metres, moment, number, t, title } from "./i18n.js";
import { shrink } from "./photo.js";

const LONGEST = 2000, LONGEST_REASON = 500, MOST = 3;
const kept = new Map(); // path -> promise of its answer, as long as the page lives
const once = (path) => {
  if (!kept.has(path)) kept.set(path, ask(path));
  kept.get(path).catch(() => kept.delete(path));
  return kept.get(path);
};
// What a step may be told although it does not have to be.
const OFFERED = { file: ["standard"], correct: ["category"], call_back: ["reached", "solved", "satisfied"], feedback: ["outcome", "photo:before"], close: ["closure", "outcome", "reply"], force_close: ["closure", "reply"], reject: ["reply"], cancel: ["reply"], note: ["photo:before", "photo:after"] };
const SHOOTS = ["feedback", "self_handle", "pass_inspection"]; // where photos are taken that the closing will ask for
const OUTCOMES = ["fixed", "partly_fixed", "not_fixed", "no_action", "not_responsible", "not_found"];

const words = (name, required, longest, command) => field(t(has(`act.${name}.${command}`) ? `act.${name}.${command}` : name === "text" && !required ? "act.remark" : `act.${name}`) + (required ? "" : aside(t("act.optional"))),
  el("textarea", { name, rows: 3, maxLength: longest, required }), has(`act.${name}_hint.${command}`) ? t(`act.${name}_hint.${command}`) : null);

const departments = async () => (await once("/api/v1/departments")).map((one) => [one.code, one.name]);

const plain = (values) => [["", "—"], ...values.map((value) => [value, t(`act.value.${value}`)])];

const conditionText = (one) => `${one.condition_no}. ${lang === "en" ? one.condition_en || one.condition : one.condition}`;

const evidenceWords = (slots) => t("act.evidence", { slots: listed(slots.map((slot) => t(`slot.${slot}`))) });

/** The conditions to file under: the only one is chosen, of several somebody chooses. */
export function conditions(items, name = "standard", legend = t("act.standard")) {
  return el("fieldset", { class: "field" }, el("legend", {}, legend), el("div", { class: "options" }, items.map((one) => el("label", { class: "check" },
    el("input", { type: "radio", name, value: String(one.id), required: true, checked: items.length === 1 }),
    el("span", {}, conditionText(one), el("small", {}, [lang === "en" ? one.limit.en : one.limit.zh, one.evidence?.length ? evidenceWords(one.evidence) : ""].filter(Boolean).join(" · ")))))));
}

/** The conditions in force for an event. */
export const conditionsOf = async (event) => (await once(`/api/v1/standards${query({ category: event.category, area: event.scope })}`)).items;

async function standards(event) {
  const items = await conditionsOf(event);
  return items.length ? conditions(items) : el("p", { class: "hint" }, t("act.no_standard"));
}

/** Departments to help; to be released those that are still waited for, where that is known. */
async function helpers(event, required, command) {
  const releases = command === "co_release" && event.standing;
  const all = releases ? event.standing.co_departments.filter((one) => one.awaited).map((one) => [one.code, one.name]) : await departments();
  return el("fieldset", { class: "field" }, el("legend", {}, t(releases ? "act.departments.co_release" : "act.departments")), el("div", { class: "options" }, all.map(([code, name]) => el("label", { class: "check" },
    el("input", { type: "checkbox", name: "departments", value: code, checked: Boolean(releases) && all.length === 1 }), el("span", {}, name)))));
}

async function below(event) {
  const areas = await ask(`/api/v1/areas${query({ parent: event.level.code })}`);
  return field(t("act.area"), choice("area", areas.map((one) => [one.code, one.name]), "", { required: true }));
}

async function similar(event) {
  const found = await ask(`/api/v1/events/similar${query({ lon: event.lon, lat: event.lat, coord_sys: "wgs84", category: event.category, radius_m: 500 })}`);
  const others = found.events.filter((one) => one.id !== event.id);
  if (!others.length) return el("p", { class: "hint" }, t("act.no_similar"));
  return el("fieldset", { class: "field" }, el("legend", {}, t("act.into")), el("div", { class: "options" }, others.map((one) => el("label", { class: "check" },
    el("input", { type: "radio", name: "into", value: one.id, required: true }),
    el("span", {}, `${categoryOf(one)}${aside(t(`status.${one.status}`))}`, el("small", {}, [one.number, one.text, one.distance_m === undefined ? "" : metres(one.distance_m), moment(one.opened_at)].filter(Boolean).join(" · ")))))));
}

async function categories(event) {
  const families = await once(`/api/v1/categories${query({ area: event.scope })}`);
  return field(t("act.category") + aside(t("act.optional")), el("select", { name: "category" }, el("option", { value: "" }, t("act.as_is")),
    families.map((family) => el("optgroup", { label: title(family) }, (family.children.length ? family.children : [family]).map((one) => el("option", { value: one.key }, label(one)))))));
}

/** Photos of a slot: made small here, shown small, sent after the step. */
export function shots(slot, required, expected = false) {
  const shown = el("div", { class: "shots", "aria-live": "polite" });
  const input = el("input", { type: "file", name: `photo-${slot}`, class: "visually-hidden", accept: "image/*", multiple: true, required, onchange: async () => {
    input.made = [];
    shown.replaceChildren();
    for (const file of [...input.files].slice(0, MOST)) {
      try {
        const made = await shrink(file);
        input.made.push({ slot, ...made });
        shown.append(el("img", { src: URL.createObjectURL(made.blob), alt: t(`slot.${slot}`) }));
      } catch {
        shown.append(el("p", { class: "said" }, t("act.no_picture", { name: file.name })));
      }
    }
  } });
  const name = t("act.photo", { slot: t(`slot.${slot}`) }) + (required ? "" : aside(t(expected ? "act.for_closing" : "act.optional")));
  input.setAttribute("aria-label", name);
  return el("div", {}, el("div", { class: "field" }, el("span", {}, name), el("div", { class: "row" }, el("label", { class: "button" }, input, el("span", {}, t("act.take_photo"))))), shown);
}

/** That the closing condition of its standard is met, and which photos that needs; nothing without a standard. */
async function closure(event, required) {
  if (!event.standard) return null;
  const found = (await conditionsOf(event)).find((one) => one.id === event.standard);
  const text = found ? (lang === "en" ? found.closure_en || found.closure : found.closure) : "";
  return el("div", { class: "field" }, el("label", { class: "check" }, el("input", { type: "checkbox", name: "closure", value: "true", required }), el("span", {}, t("act.closure_met"))),
    el("p", { class: "hint" }, text), found?.evidence.length ? el("p", { class: "hint" }, evidenceWords(found.evidence)) : null);
}

/** The department, the one the rules propose chosen already. */
async function receiver(event) {
  const [all, told] = await Promise.all([departments(), ask(`/api/v1/events/${event.id}/dispatch`).catch(() => ({ proposed: null }))]);
  const target = all.some(([code]) => code === told.proposed?.code) ? told.proposed : null;
  return field(t("act.department"), choice("department", [["", t("act.choose")], ...all], target?.code ?? "", { required: true }), target ? t("act.proposed", { name: target.name }) : null);
}

/** Whom it may be assigned to, the nearest first; where not all are told, anybody else by their user name. */
async function assignee(event) {
  const { items, more } = await ask(`/api/v1/events/${event.id}/handlers`);
  const said = (who) => `${who.name}${aside(who.place)}`;
  if (!items.length) return el("p", { class: "problem" }, t("act.no_handler"));
  if (!more) return field(t("act.handler"), choice("handler", [["", t("act.choose")], ...items.map((who) => [who.handler, said(who)])], "", { required: true }));
  return el("div", {}, field(t("act.handler"), textbox("handler", { required: true, autocapitalize: "none", spellcheck: false, list: "handlers" }), t("act.handler_hint")),
    el("datalist", { id: "handlers" }, items.map((who) => el("option", { value: who.handler }, said(who)))));
}

const ANSWERS = { suspend: "request_suspension", deny_suspension: "request_suspension", grant_extension: "request_extension", deny_extension: "request_extension", grant_appeal: "appeal", deny_appeal: "appeal" };

/** What somebody asked for, which a step decides on: its row of the log; rows of the inbox have none. */
const asked = (event, command) => event.log?.findLast((row) => row.action === ANSWERS[command]);

/** Who asked for what is decided on, when, until when and why. */
function request(event, command) {
  const row = asked(event, command);
  if (!row) return null;
  const parts = [t("act.asked", { who: row.actor, time: moment(row.at) }), row.data?.until ? t("act.asked_until", { day: row.data.until.slice(0, 10) }) : "", t("act.asked_why", { reason: row.reason ?? "" })];
  return el("p", { class: "hint", id: "asked" }, parts.filter(Boolean).join(lang === "en" ? "; " : "；"));
}

const one = {
  text: (event, required, command) => words("text", true, LONGEST, command),
  reason: (event, required, command) => words("reason", true, LONGEST_REASON, command),
  department: receiver,
  departments: helpers,
  handler: assignee,
  standard: standards,
  until: (event, required, command, { latest }) => field(t("act.until"), el("input", { type: "date", name: "until", required: true, max: latest, value: command === "suspend" ? asked(event, command)?.data?.until?.slice(0, 10) ?? "" : "" })),
  card: () => field(t("act.card"), choice("card", ["yellow", "red", "black"].map((card) => [card, t(`card.${card}`)]))),
  area: below,
  into: similar,
  category: categories,
  score: () => field(t("act.score"), choice("score", [5, 4, 3, 2, 1].map((mark) => [String(mark), t(`score.${mark}`)]))),
  closure,
  outcome: () => field(t("act.outcome") + aside(t("act.optional")), choice("outcome", plain(OUTCOMES))),
  reply: (event, required) => field(t("act.reply") + (required ? "" : aside(t("act.optional"))), el("textarea", { name: "reply", rows: 3, maxLength: LONGEST_REASON, required }), t("act.reply_hint")),
  reached: () => field(t("act.reached"), choice("reached", plain(["true", "false"]))),
  satisfied: () => field(t("act.satisfied"), choice("satisfied", plain(["true", "false"]))),
  solved: () => field(t("act.solved"), choice("solved", plain(["yes", "partly", "no"]))),
};

/** How much an extension gives, what the limit is then, how many are left. */
function extension({ extensions }, event) {
  const clock = event.clocks?.find((one) => one.stage === "handle" && !one.stopped_at); // rows of the inbox have none
  if (extensions === null || !clock) return null;
  const time = (times) => t(`unit.${clock.kind}`, { n: number(Math.round(clock.value * times * 10) / 10) });
  return el("p", { class: "hint", id: "extension" }, t("act.extension", {
    more: time(1), now: time(1 + clock.extended), then: time(2 + clock.extended), left: extensions - clock.extended, most: extensions }));
}

/** The inputs of a step for an event, what is required first. */
export async function inputsFor(action, event) {
  const { command, requires, expects } = action, takes = SHOOTS.includes(command);
  const names = [...new Set([...requires, ...(takes ? expects : []), ...(OFFERED[command] ?? [])])];
  const made = await Promise.all(names.map((name) => (name.startsWith("photo:") ? shots(name.slice(6), requires.includes(name), expects.includes(name)) : one[name]?.(event, requires.includes(name), command, action))));
  made.unshift(request(event, command));
  const longer = extension(action, event);
  if (longer) made.push(longer);
  if (expects.length && !takes) made.push(el("p", { class: "hint" }, evidenceWords(expects.map((name) => name.slice(6)))));
  if (!names.includes("text")) made.push(words("text", false, LONGEST));
  if (action.max_distance_m !== null) made.push(el("p", { class: "hint" }, t("act.near", { n: number(action.max_distance_m) })));
  return made.filter(Boolean);
}

const IN_DATA = ["department", "handler", "until", "card", "area", "into", "category", "outcome", "solved", "reply"];
const bool = { true: true, false: false };

/** The members of the command that a form says; photos without their bytes. */
export function valuesOf(form, action) {
  const given = new FormData(form), data = {};
  for (const name of IN_DATA) if (given.get(name)) data[name] = given.get(name).trim();
  for (const name of ["standard", "score"]) if (given.get(name)) data[name] = Number(given.get(name));
  for (const name of ["reached", "satisfied"]) if (given.get(name)) data[name] = bool[given.get(name)];
  if (given.get("closure")) data.closure = true;
  if (action.requires.includes("departments")) data.departments = given.getAll("departments");
  const made = { data };
  for (const name of ["text", "reason"]) if (given.get(name)?.trim()) made[name] = given.get(name).trim();
  const photos = photosOf(form);
  if (photos.length) made.photos = photos.map(({ slot, sha256 }) => ({ slot, sha256 }));
  return made;
}

/** The photos of a form: [{slot, sha256, blob}]. */
export const photosOf = (form) => [...form.querySelectorAll("input[type=file]")].flatMap((input) => input.made ?? []);
