// Contacts of reporters: masked, and in full only for a stated reason, which goes on record.
import { tell } from "./api.js";
import { el, facts } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { t } from "./i18n.js";

const SHORTEST = 4, LONGEST = 200;

/** The full contact takes the place of the masked one until the card is closed. */
function inFull(contact) {
  return el("div", { class: "once", role: "status", tabIndex: -1 }, facts([[t("contact.name"), contact.name], [t("contact.phone"), contact.phone ? el("strong", { class: "num" }, contact.phone) : null]]),
    el("p", { class: "hint" }, t("contact.once")));
}

function asking(report, place, back) {
  const why = el("textarea", { name: "reason", rows: 2, required: true, minLength: SHORTEST, maxLength: LONGEST, placeholder: t("contact.why_hint") });
  const form = el("form", { class: "reveal" }, field(t("contact.why"), why), problemLine(),
    el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("contact.confirm")), el("button", { type: "button", onclick: back }, t("contact.cancel"))));
  onSubmit(form, async ({ reason }) => {
    place.replaceChildren(inFull(await tell("POST", `/api/v1/reports/${encodeURIComponent(report.id)}/contact`, { reason: reason.trim() })));
    place.firstChild.focus(); // the form had the focus and is gone
  });
  place.replaceChildren(form);
  why.focus();
}

function one(report) {
  const place = el("div", { class: "contact" });
  const masked = () => {
    const { name_masked: name, phone_masked: phone, may_reveal: may } = report.contact;
    place.replaceChildren(el("span", { class: "num" }, [name, phone].filter(Boolean).join(" · ")),
      may ? el("button", { type: "button", "data-reveal": report.id, onclick: () => asking(report, place, () => {
        masked();
        place.querySelector("button").focus();
      }) }, t("contact.show")) : "");
  };
  masked();
  return place;
}

/** The contacts behind an event, as far as the API tells them; nothing where it tells none. */
export function contacts(event) {
  const known = (event.reports ?? []).filter((report) => report.contact);
  if (!known.length) return null;
  return [el("h3", {}, t("contact.title")), known.map(one)];
}
