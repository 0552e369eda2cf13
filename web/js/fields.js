// Forms made of elements: labelled fields, refusals told where they belong, secrets shown once, dialogs.
import { ApiError, reason } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { loginAddress, staying, written } from "./session.js";

/** A labelled field with a hint below. */
export function field(label, input, hint) {
  return el("label", { class: "field" }, el("span", {}, label), input, hint ? el("small", { class: "hint" }, hint) : null);
}

export const textbox = (name, attributes = {}) => el("input", { type: "text", name, autocomplete: "off", maxlength: 200, ...attributes });

/** A select of [value, text] pairs. */
export const choice = (name, options, value = "", attributes = {}) =>
  el("select", { name, ...attributes }, options.map(([code, text]) => el("option", { value: code, selected: code === value }, text)));

export const problemLine = () => el("p", { class: "problem", role: "alert", hidden: true });

/** Tell a failure in a line; where the session ended over what somebody writes, that it is still there and where to log in. */
export function say(line, error) {
  const over = error.code === "login_required" && staying();
  line.replaceChildren(...(over ? [t("act.logged_out"), " ", el("a", { href: loginAddress(), target: "_blank", rel: "noopener" }, t("act.log_in"))] : [reason(error)]));
  line.hidden = false;
  return line;
}

/** The same as a line of its own. */
export const problemOf = (error) => say(problemLine(), error);

function clear(form) {
  for (const said of form.querySelectorAll(".said")) said.remove();
  for (const wrong of form.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
  const line = form.querySelector(".problem");
  if (line) line.hidden = true;
}

/** Tell at a field what is wrong with it. */
function mark(about, text) {
  const said = el("small", { class: "said", role: "alert", id: `said-${about.name}` }, text);
  (about.closest(".field") ?? about.parentElement).append(said);
  about.setAttribute("aria-invalid", "true");
  about.setAttribute("aria-describedby", said.id);
}

/** What was wrong with a field is over once it is changed. */
function unmark({ target }) {
  const form = target.form ?? target.closest("form");
  for (const one of form?.querySelectorAll("[aria-invalid]") ?? []) {
    if (one !== target && one.name !== target.name) continue;
    form.querySelector(`#${CSS.escape(one.getAttribute("aria-describedby"))}`)?.remove();
    one.removeAttribute("aria-invalid");
    one.removeAttribute("aria-describedby");
  }
}

/** Tell a failure at the field it is about, else in the form's own line. */
export function tellProblem(form, error) {
  const name = error instanceof ApiError && error.field ? error.field.split(/[./]/).pop() : "";
  const about = name && [...form.elements].find((one) => one.name === name && one.type !== "hidden");
  if (about) {
    mark(about, reason(error));
    about.focus();
    return;
  }
  say(form.querySelector(".problem"), error).scrollIntoView({ block: "nearest" });
}

const isEmpty = (one, form) => (one.type === "radio" ? !form.querySelector(`input[name="${one.name}"]:checked`) : one.type === "checkbox" ? !one.checked : !one.value.trim());

/** The required fields that are empty, of radio buttons one of each name; all of them are told. */
function missingIn(form) {
  const missing = [...form.elements].filter((one, at, all) => one.required && isEmpty(one, form) && (one.type !== "radio" || all.findIndex((other) => other.name === one.name) === at));
  for (const one of missing) mark(one, t(one.type === "radio" ? "form.choose_one" : "form.missing"));
  missing[0]?.focus();
  return missing;
}

/** Run `action(values)` when the form is sent; one at a time, its refusal told in the form. */
export function onSubmit(form, action) {
  form.noValidate = true;
  for (const name of ["input", "change"]) form.addEventListener(name, unmark);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    if (missingIn(form).length) return;
    let refused = false;
    const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
    for (const button of buttons) button.disabled = true;
    try {
      await action(Object.fromEntries(new FormData(form)));
    } catch (error) {
      tellProblem(form, error);
      refused = true;
    } finally {
      for (const button of buttons) button.disabled = false;
      if (refused && document.activeElement === document.body) (event.submitter ?? buttons.at(-1))?.focus(); // disabling took it away
    }
  });
  return form;
}

/** A button whose action may be refused; the refusal goes to `tellIn`, a form or a box with a .problem line. */
export function actionButton(text, action, tellIn, attributes = {}) {
  const button = el("button", { type: "button", ...attributes, onclick: async () => {
    button.disabled = true;
    const line = tellIn()?.querySelector(".problem");
    if (line) line.hidden = true;
    try {
      await action();
    } catch (error) {
      if (!line) throw error;
      say(line, error);
    } finally {
      button.disabled = false;
    }
  } }, text);
  return button;
}

/** A secret that is told once: read-only, with a button that copies it. */
export function secretBox(secret, hint, id) {
  const shown = el("input", { type: "text", id, readOnly: true, value: secret, class: "secret", "aria-label": hint, onfocus: () => shown.select() });
  const copy = el("button", { type: "button", onclick: async () => {
    shown.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(secret).catch(() => {});
    else document.execCommand("copy"); // without encryption browsers have no clipboard, but they copy what is selected
    copy.textContent = t("form.copied");
  } }, t("form.copy"));
  return el("div", { class: "once" }, el("p", {}, hint), el("div", { class: "row" }, shown, copy));
}

/** A modal dialog; Escape and × close it, asking first where something is typed; the focus goes back to where it was. */
export function openDialog(title, children, onClose = () => {}) {
  const before = document.activeElement;
  const dialog = el("dialog", { class: "sheet", "aria-label": title },
    el("header", {}, el("h2", { tabindex: -1 }, title), el("button", { type: "button", class: "shut", "aria-label": t("app.close"), onclick: () => leave() }, "×")),
    el("div", { class: "body" }, children));
  const leave = () => {
    if (!written(dialog) || sure(t("form.leave"))) dialog.close();
  };
  const key = (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    event.preventDefault(); // browsers let a page ask once only
    leave();
  };
  document.addEventListener("keydown", key);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault(); // the way back of a phone
    leave();
  });
  dialog.addEventListener("close", () => {
    document.removeEventListener("keydown", key);
    dialog.remove();
    onClose();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Ask before something that cannot be taken back lightly. */
export const sure = (text) => window.confirm(text);
