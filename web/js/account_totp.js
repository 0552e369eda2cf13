// Two-step verification: scan, confirm with a code, switch off with the password and a code.
import { tell } from "./api.js";
import { el } from "./dom.js";
import { field, onSubmit, problemLine, secretBox } from "./fields.js";
import { t } from "./i18n.js";

const password = () => field(t("totp.password"), el("input", { type: "password", name: "password", autocomplete: "current-password", maxlength: 128, required: true }));
const sixDigits = () => field(t("login.code"), el("input", { type: "text", name: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 12, required: true }));
const send = (text, className = "primary") => el("div", { class: "row" }, el("button", { type: "submit", class: className }, text));

function confirmForm(offer, onDone) {
  const form = el("form", { id: "totp-confirm" },
    el("ol", { class: "how" }, el("li", {}, t("totp.scan")), el("li", {}, t("totp.type"))),
    el("img", { class: "qr", alt: t("totp.qr"), width: 208, height: 208, src: offer.qr }),
    secretBox(offer.secret, t("totp.by_hand"), "totp-secret"),
    sixDigits(), problemLine(), send(t("totp.confirm")));
  return onSubmit(form, async ({ code }) => {
    await tell("PUT", "/api/v1/account/totp", { sealed: offer.sealed, code: code.replace(/\s/g, "") });
    await onDone();
  });
}

/** The card: its state, and the form that changes it. */
export function totpCard(found, onDone) {
  const box = el("div", {}, el("p", {}, el("em", { class: found.totp ? "tag ok" : "tag" }, found.totp ? t("totp.on") : t("totp.off"))));
  if (found.totp) {
    const form = el("form", { id: "totp-off" }, password(), sixDigits(), problemLine(), send(t("totp.switch_off"), ""));
    box.append(el("details", { class: "more" }, el("summary", {}, t("totp.switch_off_more")), onSubmit(form, async (values) => {
      await tell("DELETE", "/api/v1/account/totp", { password: values.password, code: values.code.replace(/\s/g, "") });
      await onDone();
    })));
    return box;
  }
  const begin = el("form", { id: "totp-begin" }, password(), problemLine(), send(t("totp.begin")));
  onSubmit(begin, async (values) => {
    const offer = await tell("POST", "/api/v1/account/totp", { password: values.password });
    begin.replaceWith(confirmForm(offer, onDone));
    box.querySelector("#totp-confirm input[name=code]").focus();
  });
  box.append(el("p", { class: "hint" }, t("totp.lead")), begin);
  return box;
}
