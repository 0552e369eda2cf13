// What the reporter may say of a matter that ended: a mark, once; an objection with its reason.
import { tell } from "./api.js";
import { byId, el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { label, moment, t } from "./i18n.js";
import { uuid7 } from "./ids.js";

const LONGEST = 500;
const future = (iso) => iso && new Date(iso).getTime() > Date.now();

function marks(scale) {
  return el("fieldset", { class: "field" }, el("legend", {}, t("say.score")), el("div", { class: "choice marks", role: "radiogroup" }, [...scale].reverse().map((one) => el("label", {},
    el("input", { type: "radio", name: "score", value: String(one.score) }), el("span", {}, label(one))))));
}

function ratingForm(code, rating, done) {
  const id = uuid7();
  const made = el("form", { id: "rating" }, el("h3", {}, t("say.rate")), el("p", { class: "hint" }, t("say.rate_until", { time: moment(rating.rate_until) })), marks(rating.scale),
    field(t("say.solved"), el("select", { name: "solved" }, ["", "yes", "partly", "no"].map((value) => el("option", { value }, value ? t(`act.value.${value}`) : "—")))),
    field(t("say.text"), el("textarea", { name: "text", rows: 2, maxLength: LONGEST })), problemLine(), el("button", { type: "submit", class: "primary" }, t("say.send")));
  return onSubmit(made, async ({ score, solved, text }) => {
    if (!score) throw new Error(t("say.no_score"));
    const body = { id, score: Number(score) };
    if (solved) body.solved = solved;
    if (text.trim()) body.text = text.trim();
    await tell("POST", `/api/v1/track/${encodeURIComponent(code)}/rating`, body);
    await done(t("say.rated"));
  });
}

function objectionForm(code, rating, done) {
  const id = uuid7();
  const made = el("form", { id: "objection" }, el("p", { class: "hint" }, t("say.object_hint", { time: moment(rating.object_until) })),
    field(t("say.reason"), el("textarea", { name: "reason", rows: 3, maxLength: LONGEST, required: true })), problemLine(), el("button", { type: "submit" }, t("say.object_send")));
  onSubmit(made, async ({ reason }) => {
    await tell("POST", `/api/v1/track/${encodeURIComponent(code)}/objection`, { id, reason: reason.trim() });
    await done(t("say.objected"));
  });
  return el("details", { class: "fold" }, el("summary", {}, t("say.object")), made);
}

/** Write what may still be said; `done(text)` reads the matter anew and says so. */
export function writeSay(code, answer, done) {
  const { rating } = answer, box = byId("say");
  const parts = [];
  if (rating?.score) {
    const mark = rating.scale.find((one) => one.score === rating.score);
    parts.push(el("p", { id: "rated" }, t("say.was", { score: label(mark), time: moment(rating.at) })));
  } else if (rating && answer.holder === "merged" && answer.status === "closed") {
    parts.push(el("p", { class: "hint", id: "rated-by" }, t("say.merged", { number: answer.event_number })));
  } else if (rating && future(rating.rate_until)) parts.push(ratingForm(code, rating, done));
  if (rating && answer.closed_at && future(rating.object_until)) parts.push(objectionForm(code, rating, done));
  box.hidden = !parts.length;
  box.replaceChildren(...(parts.length ? [el("h2", { id: "say-title" }, t("say.title")), ...parts] : []));
}
