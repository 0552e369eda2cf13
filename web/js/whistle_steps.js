// What may be done with a whistle now: a button a step, a form of what it requires, every refusal in words.
import { ask, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { photosOf, shots } from "./event_fields.js";
import { choice, field, onSubmit, problemLine } from "./fields.js";
import { here } from "./here.js";
import { aside, metres, number, t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";

const LONGEST = 2000, MARKS = [5, 4, 3, 2, 1], RATED = ["timeliness", "effort", "result"];
const WORDS_BESIDE = new Set(["approve", "accept", "witness", "rate"]); // a remark may be made, it need not
const PRIMARY = new Set(["approve", "accept", "arrive", "resolve", "rate"]);
let open = null; // {key, form} of the step whose form is open

const words = (name, required, label = t(`act.${name}`)) => field(label + (required ? "" : aside(t("act.optional"))), el("textarea", { name, rows: 3, maxLength: LONGEST, required }));

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());

function inputs(step, whistle) {
  const made = step.requires.flatMap((name) => ({
    reason: () => [words("reason", true)],
    text: () => [words("text", true)],
    until: () => [field(t("whistle.until"), el("input", { type: "date", name: "until", required: true, min: today() }))],
    outcome: () => [field(t("whistle.outcome"), choice("outcome", [["", t("act.choose")], ...["solved", "partly", "unsolved"].map((one) => [one, t(`whistle.outcome.${one}`)])], "", { required: true }))],
    evidence: () => [words("text", false), shots("after", false), el("p", { class: "hint" }, t("whistle.evidence"))],
    position: () => [el("p", { class: "hint" }, t("whistle.near", { n: number(whistle.max_distance_m) }))],
    ratings: () => [...RATED.map((one) => field(t(`whistle.${one}`), choice(one, [["", t("act.choose")], ...MARKS.map((mark) => [String(mark), t(`whistle.mark.${mark}`)])], "", { required: true }))),
      field(t("whistle.is_solved"), choice("solved", [["", t("act.choose")], ...["yes", "partly", "no"].map((one) => [one, t(`whistle.solved.${one}`)])], "", { required: true }))],
  }[name]?.() ?? []));
  if (WORDS_BESIDE.has(step.command)) made.push(words("text", false, t("act.remark")));
  return made;
}

function said(form, step) {
  const given = new FormData(form), body = {};
  for (const name of ["reason", "text"]) if (given.get(name)?.trim()) body[name] = given.get(name).trim();
  for (const name of ["outcome", "solved"]) if (given.get(name)) body[name] = given.get(name);
  for (const name of RATED) if (given.get(name)) body[name] = Number(given.get(name));
  if (given.get("until")) body.until = `${given.get("until")}T23:59:59+08:00`;
  const photos = photosOf(form);
  if (photos.length) body.photos = photos.map((one) => one.sha256);
  if (step.requires.includes("evidence") && !body.text && !photos.length) throw new Error(t("whistle.evidence"));
  return { body, photos };
}

/** The words of a refusal, with how far it was where distance is what is refused. */
function inWords(error) {
  const { distance_m: far, accuracy_m: sure, most_m: most } = error.facts ?? {};
  if (error.code === "too_far") return new Error(t("whistle.too_far", { d: metres(far), n: metres(most) }));
  if (error.code === "position_unsure") return new Error(t("whistle.unsure", { d: metres(sure), n: metres(most) }));
  return error;
}

function stepForm(step, unit, state, hooks) {
  const form = el("form", { class: "act", id: "act", "aria-labelledby": "act-title" }, el("h4", { id: "act-title", tabIndex: -1 }, unit ? t("whistle.step_of", { step: title(step), name: unit.name }) : title(step)),
    ...inputs(step, state.whistle), problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, title(step)), el("button", { type: "button", onclick: () => close(true) }, t("contact.cancel"))));
  const id = { value: uuid7() };
  return onSubmit(form, async () => {
    const { body, photos } = said(form, step);
    if (step.requires.includes("position")) body.position = await here();
    const now = unit ? state.whistle.departments.find((one) => one.code === unit.code) : state.whistle;
    if (unit) body.department = unit.code;
    const path = `/api/v1/whistles/${state.whistle.id}`;
    try {
      await tell("POST", `${path}/commands`, { id: id.value, command: step.command, base_version: now.version, ...body });
    } catch (error) {
      if (error.status >= 400 && error.status < 500) id.value = uuid7(); // refused: what is sent next may say something else
      if (error.code === "stale_version") state.whistle = await ask(path); // what was typed stays; sent again it counts from here
      hooks.refused();
      throw inWords(error);
    }
    open = null;
    await hooks.done(step, { photos, address: (sha256) => `${path}/photos/${sha256}` });
  });
}

function close(back = false) {
  const was = open;
  open = null;
  was?.form.remove();
  for (const button of document.querySelectorAll(".acts [aria-expanded]")) button.setAttribute("aria-expanded", "false");
  if (back && was) byId(was.key)?.focus();
}

/** The buttons of the steps allowed now, of the whistle or of one department; nothing where there is none. */
export function steps(state, unit, hooks) {
  const allowed = [...(unit ?? state.whistle).allowed].sort((a, b) => PRIMARY.has(b.command) - PRIMARY.has(a.command));
  if (!allowed.length) return null;
  const box = el("div", { class: "steps" });
  box.append(el("div", { class: "acts" }, allowed.map((step) => {
    const key = unit ? `do-${step.command}-${unit.code}` : `do-${step.command}`;
    return el("button", { type: "button", id: key, class: PRIMARY.has(step.command) ? "primary" : "", "aria-expanded": "false", onclick: () => {
      const same = open?.key === key;
      close();
      if (same) return;
      open = { key, form: stepForm(step, unit, state, hooks) };
      byId(key).setAttribute("aria-expanded", "true");
      box.append(open.form);
      (open.form.querySelector("textarea, select, input") ?? byId("act-title")).focus();
    } }, title(step));
  })));
  return box;
}
