// What may be done with an event now: a button a step, a form of what it requires, and every refusal in words.
import { ask, reason, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { inputsFor, photosOf, valuesOf } from "./event_fields.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { history } from "./event_parts.js";

const WHISTLE = "whistle", ANSWER_MS = 20000, NEVER = 50; // at most so many departments are called
// What carries the matter on comes first; what ends it against the usual course, last.
const ONWARD = ["accept", "verify", "file", "dispatch", "sign", "feedback", "pass_inspection", "close", "send_inspection", "self_handle", "resume", "co_feedback", "grant_extension", "suspend", "grant_appeal", "call_back"];
const LAST = ["note", "reject", "cancel", "force_close"];
const rank = ({ command }) => (ONWARD.includes(command) ? ONWARD.indexOf(command) : 100 + (LAST.includes(command) ? LAST.indexOf(command) + 1 : 0));
let open = null; // the step whose form is open

const place = () => new Promise((done, fail) => {
  if (!navigator.geolocation) fail(new Error(t("fix.unsupported")));
  else navigator.geolocation.getCurrentPosition(({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, coord_sys: "wgs84", accuracy_m: coords.accuracy }),
    () => fail(new Error(t("act.no_fix"))), { enableHighAccuracy: true, timeout: ANSWER_MS, maximumAge: 30000 });
});

/** Send the photos a step announced; those that did not arrive are offered again. */
async function sendPhotos(command, photos, said) {
  const failed = [];
  for (const one of photos) {
    try {
      await ask(`/api/v1/commands/${command}/photos/${one.sha256}`, { method: "PUT", headers: { "Content-Type": one.blob.type }, body: one.blob });
    } catch (error) {
      failed.push([one, error]);
    }
  }
  if (!failed.length) return true;
  said.append(" ", el("span", { class: "said" }, t("act.photos_missing", { n: failed.length, reason: reason(failed[0][1]) })), " ",
    el("button", { type: "button", onclick: async (event) => {
      event.target.parentElement.querySelectorAll(".said, button").forEach((old) => old.remove());
      if (await sendPhotos(command, failed.map(([one]) => one), said)) said.dispatchEvent(new Event("photos"));
    } }, t("act.send_again")));
  return false;
}

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

function stepForm(action, state, { done, renew }) {
  const made = el("form", { class: "act", id: "act", "aria-labelledby": "act-title" });
  const send = el("button", { type: "submit", class: "primary" }, title(action));
  const stop = el("button", { type: "button", onclick: () => close(true) }, t("contact.cancel"));
  inputsFor(action, state.event).then((inputs) => {
    made.append(el("h3", { id: "act-title", tabIndex: -1 }, title(action)), ...inputs, problemLine(), el("div", { class: "row" }, send, stop));
    (made.querySelector("textarea, select, input") ?? made.querySelector("h3")).focus();
  }).catch((error) => made.append(el("p", { class: "problem" }, reason(error)), el("div", { class: "row" }, stop)));
  const id = { value: uuid7() };
  return onSubmit(made, async () => {
    const photos = photosOf(made), body = { id: id.value, command: action.command, ...valuesOf(made, action) };
    if (action.max_distance_m !== null) body.position = await place();
    try {
      await tell("POST", `/api/v1/events/${state.event.id}/commands`, body, { "If-Match": `"${state.version}"` });
    } catch (error) {
      if (error.status === 409 && error.code === "idempotency_conflict") id.value = uuid7(); // changed after it was sent
      if (error.status !== 412) throw error;
      id.value = uuid7();
      await changed(made, state, async (event) => {
        made.querySelector(".changed").remove();
        await renew(event, action.command);
      });
      return;
    }
    open = null;
    const said = await done(action);
    if (photos.length) {
      said.addEventListener("photos", () => done(action), { once: true });
      if (await sendPhotos(id.value, photos, said)) await done(action);
    }
  });
}

function whistleForm(state, { done }) {
  const made = el("form", { class: "act", id: "act", "aria-labelledby": "act-title" });
  ask("/api/v1/departments").then((all) => {
    made.append(el("h3", { id: "act-title", tabIndex: -1 }, t("act.whistle")), el("p", { class: "hint" }, t("act.whistle_hint")),
      field(t("act.reason"), el("textarea", { name: "reason", rows: 3, maxLength: 500, required: true })),
      el("fieldset", { class: "field" }, el("legend", {}, t("act.whistle_departments")), el("div", { class: "options" }, all.slice(0, NEVER).map((one) => el("label", { class: "check" },
        el("input", { type: "checkbox", name: "departments", value: one.code }), el("span", {}, one.name))))),
      problemLine(), el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("act.whistle")), el("button", { type: "button", onclick: () => close(true) }, t("contact.cancel"))));
    made.querySelector("textarea").focus();
  });
  const id = uuid7();
  return onSubmit(made, async () => {
    const given = new FormData(made);
    await tell("POST", "/api/v1/whistles", { id, event: state.event.id, reason: given.get("reason").trim(), departments: given.getAll("departments") });
    open = null;
    await done({ label_zh: t("act.whistle"), label_en: t("act.whistle") });
  });
}

function close(back = false) {
  const was = open;
  open = null;
  byId("act")?.remove();
  for (const button of byId("action-body").querySelectorAll(".acts button")) button.setAttribute("aria-expanded", "false");
  if (back && was) byId(`do-${was}`)?.focus();
}

/**
 * Write the steps that may be taken. `state` is {event, version, actions, whistle: may blow}; `done(action)` reads all
 * anew and gives the line that says so; `renew(event, command)` takes over what somebody else made of the event.
 */
export function writeActions(state, hooks) {
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
      open = name;
      byId(`do-${name}`).setAttribute("aria-expanded", "true");
      body.append(make());
    },
  }, text)));
  const none = el("p", { class: "empty" }, t(state.event.closed_at ? "case.finished" : "case.no_actions"));
  if (held && steps.some(([name]) => name === open)) body.firstChild.replaceWith(buttons);
  else if (held) body.firstChild.replaceWith(el("p", { class: "problem", role: "alert" }, t("act.gone"))); // what was typed can still be copied
  else body.replaceChildren(steps.length ? buttons : none);
}
