// /track: what became of a report, for whoever has its tracking code; what was promised, and what they say of it.
import { ask, reason } from "./api.js";
import { byId, el, facts } from "./dom.js";
import { dueBadge } from "./due.js";
import { categoryOf, has, moment, t } from "./i18n.js";
import { all } from "./outbox.js";
import { writeSay } from "./track_say.js";

/** A step in plain words; what the office does among itself is left out unless the state changed. */
function steps(history) {
  let before = "";
  const shown = history.filter((row) => {
    const moved = row.status !== before;
    before = row.status;
    return moved || has(`track.step.${row.action}`);
  });
  return el("ol", { class: "steps" }, shown.map((row) => el("li", { "data-action": row.action },
    has(`track.step.${row.action}`) ? t(`track.step.${row.action}`) : t(`status.${row.status}`), el("small", {}, moment(row.at)))));
}

function promise(answer) {
  if (!answer.promised_at) return null;
  if (!answer.closed_at) return el("span", {}, moment(answer.promised_at), " ", dueBadge(answer.promised_at));
  if (answer.status !== "closed") return moment(answer.promised_at); // what was not settled was not settled in time either
  return el("span", {}, moment(answer.promised_at), " ", el("em", { class: `tag ${answer.closed_at <= answer.promised_at ? "ok" : "bad"}` }, t(answer.closed_at <= answer.promised_at ? "clock.in_time" : "clock.late")));
}

/** How it stands in words: what passed the inspection waits for its closing. */
function now(answer) {
  const last = answer.history.findLast((row) => row.status !== "inspecting" || row.action.endsWith("_inspection"));
  return t(answer.status === "inspecting" && last?.action === "pass_inspection" ? "track.awaits_closing" : `status.${answer.status}`);
}

/** Whose code it is, where it is not that of the matter's own report. */
function whose({ holder, merged_from: own, event_number: number }) {
  if (holder === "me_too") return el("p", { class: "hint", id: "whose" }, t("track.me_too"));
  return own ? el("p", { class: "hint", id: "whose" }, t("track.merged", { own: own.event_number, category: categoryOf(own), time: moment(own.opened_at), number })) : "";
}

/** What whoever ended it says to those who reported it. */
const words = (answer) => (answer.reply ? el("div", { class: "reply", id: "reply" }, el("h2", {}, t("track.reply")), el("p", { class: "words" }, answer.reply)) : "");

/** Photos, each a link to itself. */
function shots(code, photos) {
  const address = (one) => `/api/v1/track/${encodeURIComponent(code)}/photos/${one.sha256}`;
  return el("div", { class: "shots" }, photos.map((one) => el("a", { href: address(one), target: "_blank", rel: "noopener" },
    el("img", { src: address(one), alt: t("case.photo", { slot: t(`slot.${one.slot}`) }), loading: "lazy" }))));
}

/** One's own photos, and those of the result. */
function pictures(code, photos, round) {
  return el("div", { id: "pictures" }, ["report", "after"].map((slot) => [slot, photos.filter((one) => one.slot === slot && (one.round ?? round) === round)]).filter(([, some]) => some.length).map(([slot, some]) => [
    el("h2", {}, t(`track.photos.${slot}`)), shots(code, some)]));
}

/** What was said of the rounds before, and shown of their results. */
function earlier(code, answer) {
  const shown = (one) => answer.photos.filter((photo) => photo.round === one.round);
  const told = answer.earlier.filter((one) => one.reply || shown(one).length);
  if (!told.length) return "";
  return el("div", { id: "earlier" }, el("h2", {}, t("track.earlier")), told.map((one) => {
    const some = shown(one);
    return el("div", { class: "reply" }, el("h3", {}, `${t("case.round", { n: one.round })} · ${t(`status.${one.status}`)} `, el("small", {}, moment(one.at))),
      one.reply ? el("p", { class: "words" }, one.reply) : "", some.length ? shots(code, some) : "");
  }));
}

function write(code, answer) {
  byId("state").replaceChildren(
    el("p", { class: "hint" }, t("track.now")), el("p", { class: "now", id: "now" }, now(answer)),
    whose(answer),
    facts([
      [t("receipt.number"), el("span", { class: "num" }, answer.event_number)],
      [t("event.category"), categoryOf(answer)],
      [t("event.grid"), answer.grid_name ?? t("event.no_grid")],
      [t("event.reported_at"), moment(answer.opened_at)],
      [t("track.promise"), promise(answer)],
      [t("track.round"), answer.round > 1 ? t("case.round", { n: answer.round }) : null],
      [t("act.outcome"), answer.outcome && has(`act.value.${answer.outcome}`) ? t(`act.value.${answer.outcome}`) : null],
      [t("event.closed_at"), answer.closed_at ? moment(answer.closed_at) : null],
      [t("track.updated"), moment(answer.updated_at)],
    ], ""),
    words(answer), steps(answer.history), pictures(code, answer.photos, answer.round), earlier(code, answer));
  byId("state").hidden = false;
}

let round = 0;

async function look(code, said = "") {
  round += 1;
  const mine = round;
  const problem = byId("problem");
  problem.hidden = byId("state").hidden = byId("say").hidden = true;
  byId("loading").hidden = false;
  byId("said").hidden = !said;
  byId("said").textContent = said;
  try {
    const answer = await ask(`/api/v1/track/${encodeURIComponent(code)}`);
    if (mine !== round) return; // another code was typed meanwhile
    write(code, answer);
    writeSay(code, answer, (text) => look(code, text));
    if (said) byId("said").focus();
  } catch (error) {
    if (mine !== round) return;
    problem.textContent = error.status === 404 ? t("track.unknown") : reason(error);
    problem.hidden = false;
  } finally {
    if (mine === round) byId("loading").hidden = true;
    document.body.dataset.ready = "1";
  }
}

async function mine() {
  const items = (await all()).filter((item) => item.receipt).sort((a, b) => b.created - a.created);
  if (!items.length) return;
  const box = byId("mine");
  box.replaceChildren(el("h2", {}, t("track.mine")), el("ul", { class: "links" }, items.map((item) => el("li", {},
    el("a", { href: `/track/${encodeURIComponent(item.receipt.tracking_code)}` }, item.receipt.event_number), el("small", {}, ` ${item.body.text.slice(0, 30)} · ${moment(item.created)}`)))));
  box.hidden = false;
}

byId("track-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = byId("code").value.trim();
  if (!code) return;
  history.replaceState(null, "", `/track/${encodeURIComponent(code)}`);
  look(code);
});
mine().catch(() => {});
if (document.body.dataset.code) look(document.body.dataset.code);
