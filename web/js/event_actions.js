// What may be done with an event now: a button a step, a form of what it requires, and every refusal in words.
import { ask, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { draftsOf, drafted, dropDraft, wordsOf } from "./event_draft.js";
import { conditions, inputsFor, photosOf, valuesOf } from "./event_fields.js";
import { onSubmit, problemLine, problemOf } from "./fields.js";
import { here } from "./here.js";
import { lang, listed, t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { history } from "./event_parts.js";
import { sendPhotos } from "./send_photos.js";
import { blowInputs, blows } from "./whistle_blow.js";

const WHISTLE = "whistle";
// What carries the matter on comes first; what ends it against the usual course, last.
const ONWARD = ["accept", "verify", "file", "dispatch", "sign", "feedback", "pass_inspection", "close", "send_inspection", "self_handle", "resume", "co_feedback", "grant_extension", "suspend", "grant_appeal", "call_back"];
const LAST = ["note", "reject", "cancel", "force_close"];
const rank = ({ command }) => (ONWARD.includes(command) ? ONWARD.indexOf(command) : 100 + (LAST.includes(command) ? LAST.indexOf(command) + 1 : 0));
let open = null; // the step whose form is open
let carried = []; // words of a form whose step is gone, for the next one

/** Somebody was quicker: what they did, and the same form again on the event as it stands now; nothing typed is lost. */
async function changed(form, state, again) {
  const event = await ask(`/api/v1/events/${state.event.id}`);
  const news = event.log.filter((row) => row.seq > state.event.log.at(-1).seq);
  form.querySelector(".changed")?.remove();
  const box = el("div", { class: "changed", role: "alert", tabIndex: -1 }, el("p", {}, t("act.changed")), news.length ? history(news) : null,
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => again(event) }, t("act.reload"))));
  form.prepend(box);
  box.focus();
}

const photosTo = (command) => (sha256) => `/api/v1/commands/${command}/photos/${sha256}`;

/** Take a step; one that waits for its own photos gets them and is taken then. */
async function take(state, body, photos) {
  const send = () => tell("POST", `/api/v1/events/${state.event.id}/commands`, body, { "If-Match": `"${state.version}"` });
  try {
    return await send();
  } catch (error) {
    if (error.code !== "photo_missing" || !error.facts.missing.every((one) => one.command === body.id)) throw error;
    const failed = el("p", {});
    if (!await sendPhotos(photosTo(body.id), photos, failed)) throw new Error(failed.querySelector(".said").textContent);
    return send();
  }
}

/** The conditions a refusal offers to choose among, where the form did not ask for one. */
function offerConditions(form, error) {
  if (error.code !== "standard_required" || !error.facts.choices || form.querySelector("[name=standard]")) return;
  form.querySelector(".problem").before(conditions(error.facts.choices));
}

/** An empty form: it says that it loads; Escape closes it and keeps what was typed. */
const emptyForm = () => el("form", { class: "act", id: "act", "aria-labelledby": "act-title", onkeydown: (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  event.stopPropagation();
  close(true);
} }, el("p", { class: "hint loading", role: "status" }, t("app.loading")));

/** Put the inputs of a step into its form, with what was typed there before. */
async function fillForm(made, action, event, send, stop) {
  const words = carried;
  carried = [];
  try {
    const inputs = await inputsFor(action, event);
    made.replaceChildren(el("h3", { id: "act-title", tabIndex: -1 }, title(action)), ...inputs, problemLine(), el("div", { class: "row" }, send, stop));
    drafted(made, event.id, action.command, words);
    if (made.isConnected) (made.querySelector("textarea, select, input") ?? made.querySelector("h3")).focus();
  } catch (error) {
    made.replaceChildren(problemOf(error), el("div", { class: "row" }, stop));
  }
}

/** A refusal: of an event that somebody changed meanwhile, or any other, which is told by the form. */
async function refused(error, made, action, state, renew) {
  offerConditions(made, error);
  if (error.status !== 412) throw error;
  return changed(made, state, async (event) => {
    made.querySelector(".changed").remove();
    made.querySelector("h3").focus();
    await renew(event, action.command);
  });
}

function stepForm(action, state, { done, renew }) {
  const made = emptyForm();
  const send = el("button", { type: "submit", class: "primary" }, title(action));
  const stop = el("button", { type: "button", onclick: () => {
    dropDraft(state.event.id, action.command);
    close(true);
  } }, t("contact.cancel"));
  fillForm(made, action, state.event, send, stop);
  const id = { value: uuid7() };
  return onSubmit(made, async () => {
    clearSaid();
    send.textContent = t("act.busy");
    const photos = photosOf(made), body = { id: id.value, command: action.command, ...valuesOf(made, action) };
    let answer;
    try {
      if (action.requires.includes("position")) body.position = await here();
      answer = await take(state, body, photos);
    } catch (error) {
      if (error.status >= 400 && error.status < 500) id.value = uuid7(); // refused: what is sent next may say something else
      await refused(error, made, action, state, renew);
      return;
    } finally {
      send.textContent = title(action);
    }
    open = null;
    dropDraft(state.event.id, action.command);
    const said = await done(action);
    for (const note of answer.notes ?? []) said.append(" ", el("strong", {}, lang === "en" ? note.detail_en : note.detail));
    if (photos.length) {
      said.addEventListener("photos", () => done(action), { once: true });
      if (await sendPhotos(photosTo(id.value), photos, said)) await done(action);
    }
  });
}

function whistleForm(state, { done }) {
  const made = emptyForm(), event = state.event.id;
  const stop = el("button", { type: "button", onclick: () => {
    dropDraft(event, WHISTLE);
    close(true);
  } }, t("contact.cancel"));
  blowInputs().then((inputs) => {
    made.replaceChildren(el("h3", { id: "act-title", tabIndex: -1 }, t("act.whistle")), el("p", { class: "hint" }, t("act.whistle_hint")), ...inputs, problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("act.whistle")), stop));
    drafted(made, event, WHISTLE);
    made.querySelector("textarea").focus();
  }).catch((error) => made.replaceChildren(problemOf(error), el("div", { class: "row" }, stop)));
  return blows(made, () => ({ event }), async () => {
    open = null;
    dropDraft(event, WHISTLE);
    await done({ label_zh: t("act.whistle"), label_en: t("act.whistle") });
  });
}

/** What the step before said is over; not what still waits for somebody to send photos again. */
function clearSaid() {
  const said = byId("said");
  if (!said.querySelector("button")) said.hidden = true;
}

/** The step of the open form is gone: its words can still be copied, and go into the form that is opened next. */
function outdate(form) {
  open = null;
  form.querySelector("button[type=submit]")?.remove();
  form.querySelector(".gone")?.remove();
  const line = el("p", { class: "problem gone", role: "alert", tabIndex: -1 }, t("act.gone"));
  form.prepend(line);
  line.focus();
}

function close(back = false) {
  const was = open, old = byId("act");
  open = null;
  carried = !back && old?.querySelector(".gone") ? wordsOf(old) : [];
  byId("act")?.remove();
  for (const button of byId("action-body").querySelectorAll(".acts button")) button.setAttribute("aria-expanded", "false");
  if (back) (byId(`do-${was}`) ?? byId("action-body").querySelector(".acts button") ?? byId("actions-title")).focus();
}

/** Whom the department that has it waits for, in place of the step that it cannot take until then. */
function waits({ event }) {
  const names = ["dispatched", "handling"].includes(event.status) ? event.standing.co_departments.filter((one) => one.awaited).map((one) => one.name) : [];
  return names.length ? el("div", { class: "waits", id: "waits" }, el("strong", {}, t("case.waits", { names: listed(names) })), el("p", { class: "hint" }, t("case.waits_hint"))) : null;
}

/**
 * Write the steps that may be taken. `state` is {event, version, actions, whistle: may blow}; `done(action)` reads all
 * anew and gives the line that says so; `renew(event, command)` takes over what somebody else made of the event.
 */
export function writeActions(state, hooks) {
  draftsOf(state.me);
  const held = open && byId("act"); // a form somebody is writing in stays as it is
  const sorted = [...state.actions].sort((a, b) => rank(a) - rank(b));
  const steps = sorted.map((action) => [action.command, title(action), () => stepForm(action, state, hooks)]);
  if (state.whistle) steps.push([WHISTLE, t("act.whistle"), () => whistleForm(state, hooks)]);
  const body = byId("action-body");
  const buttons = el("div", { class: "acts" }, steps.map(([name, text, make], at) => el("button", {
    type: "button", id: `do-${name}`, class: at === 0 && ONWARD.includes(name) ? "primary" : "", "aria-expanded": String(open === name), onclick: () => {
      const same = open === name;
      close();
      if (same) return;
      clearSaid();
      open = name;
      byId(`do-${name}`).setAttribute("aria-expanded", "true");
      body.append(make());
    },
  }, text)));
  const none = el("p", { class: "empty" }, t(state.event.closed_at ? "case.finished" : "case.no_actions"));
  const shown = el("div", {}, waits(state), steps.length ? buttons : none);
  const at = body.firstChild?.contains(document.activeElement) ? document.activeElement.id : ""; // who stands on a button stays there
  if (held) {
    if (!steps.some(([name]) => name === open)) outdate(held);
    for (const button of buttons.children) button.setAttribute("aria-expanded", String(button.id === `do-${open}`));
    body.firstChild.replaceWith(shown);
  } else body.replaceChildren(shown);
  if (at) byId(at)?.focus({ preventScroll: true });
}
