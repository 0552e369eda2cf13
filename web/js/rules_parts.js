// What the tabs of rules share: tables, choices of many, forms that are tried before they are put in force, history.
import { ApiError, ask, query } from "./api.js";
import { el } from "./dom.js";
import { actionButton, onSubmit, problemLine } from "./fields.js";
import { lang, moment, number, t, title } from "./i18n.js";
import { badRows } from "./rules_import.js";

export const either = (zh, en) => (lang === "en" ? en || zh : zh);
export const tag = (text, kind = "") => el("em", { class: `tag ${kind}` }, text);
export const cell = (head, ...children) => el("td", { "data-label": head }, el("span", {}, children));

/** A table with its caption; `heads` are texts, rows are made. */
export const table = (id, caption, heads, rows) => el("table", { class: "records", id }, el("caption", {}, caption),
  el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, one)))), el("tbody", {}, rows));

const parts = (options) => Object.fromEntries(new Intl.DateTimeFormat("en", { timeZone: "Asia/Shanghai", hourCycle: "h23", ...options })
  .formatToParts(new Date()).map(({ type, value }) => [type, value]));

/** Today where the service is, as 2026-11-22. */
export function today() {
  const { year, month, day } = parts({ year: "numeric", month: "2-digit", day: "2-digit" });
  return `${year}-${month}-${day}`;
}

/** A version nobody had before: the day and the time. */
export function newVersion() {
  const { hour, minute, second } = parts({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return `${today().replaceAll("-", ".")}-${hour}${minute}${second}`;
}

let tree = null;

/** Families of categories in force, asked once. */
export function categories() {
  tree ??= ask("/api/v1/categories").catch((error) => {
    tree = null;
    throw error;
  });
  return tree;
}

export function forgetCategories() {
  tree = null;
}

/** Categories as the groups of a select; families themselves too when `whole`. */
export async function categoryGroups(whole = false) {
  return (await categories()).map((family) => el("optgroup", { label: `${title(family)} ${family.code}` },
    whole || !family.children.length ? el("option", { value: family.key }, whole && family.children.length ? t("rules.whole_family", { name: title(family) }) : title(family)) : null,
    family.children.map((one) => el("option", { value: one.key }, `${title(one)} ${one.code}`))));
}

/** The name of every category in force by its key. */
export async function categoryNames() {
  return new Map((await categories()).flatMap((family) => [family, ...family.children]).map((one) => [one.key, title(one)]));
}

/**
 * Choosing many: what is chosen stands in a list, each with a button that takes it away; `source` is a select or an
 * input, whose value a button adds. `values()` tells what is chosen; `text(value)` names it.
 */
export function many({ label, hint, source, values = [], text = (value) => value }) {
  const chosen = [...values], list = el("ul", { class: "chips-list" }), id = `many-${source.name || "area"}`;
  const box = el("fieldset", { class: "field many", id }, el("legend", {}, label), list,
    el("div", { class: "row tight" }, source, el("button", { type: "button", onclick: add }, t("rules.add"))), hint ? el("small", { class: "hint" }, hint) : null);

  function changed() {
    box.dispatchEvent(new Event("change", { bubbles: true }));
    write();
  }

  function add() {
    const value = (source.value ?? source.querySelector("input[type=hidden]")?.value ?? "").trim();
    if (!value || chosen.includes(value)) return;
    chosen.push(value);
    if (source.tagName === "INPUT") source.value = "";
    changed();
  }

  function write() {
    list.replaceChildren(...chosen.map((value, at) => el("li", {}, el("span", {}, text(value)), el("button", {
      type: "button", "aria-label": t("rules.take_away", { name: text(value) }), onclick: () => {
        chosen.splice(at, 1);
        changed();
        (list.querySelectorAll("button")[Math.min(at, chosen.length - 1)] ?? source).focus?.();
      },
    }, "×"))));
  }

  if (source.tagName === "INPUT") {
    source.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // adds; the form is sent by its button
      add();
    });
  }
  write();
  return { box, values: () => [...chosen] };
}

/**
 * A form that is tried first: sending it shows what would change, and only then a button does it; any change of it
 * takes that button away. `send(values, dry)` asks, `told(found)` shows, `done(answer)` runs after it.
 */
export function triedForm({ id, fields, send, told, done, put = t("rules.put"), act = null }) {
  const answer = el("div", { "aria-live": "polite" });
  const confirm = actionButton(put, async () => {
    const made = await send(Object.fromEntries(new FormData(form)), false);
    await done(made);
  }, () => form, { id: "put", hidden: true });
  const form = el("form", { id, oninput: stale, onchange: stale }, fields, problemLine(),
    el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("rules.compare")), confirm, act), answer);

  function stale() {
    confirm.hidden = true;
    answer.replaceChildren();
  }

  return onSubmit(form, async (values) => {
    stale();
    try {
      answer.replaceChildren(el("section", { class: "tried", tabindex: -1, "aria-label": t("rules.difference") }, told(await send(values, true))));
      confirm.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError) || !Array.isArray(error.facts.errors) || error.code !== "invalid_file") throw error;
      answer.replaceChildren(badRows(error));
    }
    answer.firstChild.focus();
  });
}

/** Send rows of a form as a table. */
export const sendRows = (path, asked, rows) => ask(`${path}${query(asked)}`, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rows }),
});

/** Who changed rules of a kind, the latest first. */
export const changesOf = async (kind, object = "") => (await ask(`/api/v1/rule-changes${query({ kind, object })}`)).items;

/** Who and when of an act, in words. */
export const whoWhen = (one) => (one ? t("rules.who_when", { who: one.actor, time: moment(one.at) }) : t("rules.shipped"));

/** The latest acts as a list; `say(act)` names what was changed. */
export function changeList(items, say) {
  if (!items.length) return el("p", { class: "empty" }, t("rules.no_changes"));
  return el("ul", { class: "items" }, items.map((one) => el("li", {}, el("div", {}, el("strong", {}, t(`action.${one.action}`)), " ", say(one), el("small", {}, whoWhen(one))))));
}

/** A folded part that is filled when first opened. */
export function folded(text, fill) {
  const inside = el("div", {});
  const box = el("details", { class: "card fold" }, el("summary", {}, text), inside);
  box.addEventListener("toggle", async () => {
    if (!box.open) return;
    inside.replaceChildren(el("p", { class: "empty" }, t("app.loading")));
    inside.replaceChildren(...[await fill()].flat(Infinity).filter(Boolean));
  });
  return box;
}

export const count = (n) => number(n);
