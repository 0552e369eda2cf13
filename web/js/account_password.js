// A new password: the rules are told before, the two entries are compared here, everything else by the server.
import { ApiError, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { t } from "./i18n.js";

const secret = (name, autocomplete) => el("input", { type: "password", name, autocomplete, maxlength: 128, required: true });

function rules() {
  const { shortest, classes, days } = document.body.dataset;
  return el("ul", { class: "rules" },
    el("li", {}, t("password.rule.length", { n: shortest })),
    Number(classes) ? el("li", {}, t("password.rule.classes", { n: classes })) : null,
    el("li", {}, t("password.rule.name")), el("li", {}, t("password.rule.common")),
    days ? el("li", {}, t("password.rule.days", { n: days })) : null);
}

/** The form; `onDone` is called after the change. */
export function passwordForm(found, onDone) {
  const form = el("form", { id: "password-form" },
    el("input", { type: "text", name: "username", autocomplete: "username", value: found.account.username, hidden: true, readOnly: true }),
    rules(),
    field(t("password.old"), secret("old", "current-password")),
    field(t("password.new"), secret("new", "new-password")),
    field(t("password.again"), secret("again", "new-password")),
    problemLine(), el("p", { class: "done", role: "status", hidden: true }, t("password.done")),
    el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("password.change"))));
  return onSubmit(form, async (values) => {
    form.querySelector(".done").hidden = true;
    if (values.new !== values.again) throw new ApiError(422, { detail: t("password.differ"), detail_en: t("password.differ"), field: "again" });
    await tell("PUT", "/api/v1/account/password", { old: values.old, new: values.new });
    form.reset();
    await onDone();
    const done = byId("password-form")?.querySelector(".done");
    if (done) done.hidden = false;
  });
}
