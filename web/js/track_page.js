// /track: what became of a report, for whoever has its tracking code.
import { ask, reason } from "./api.js";
import { byId, el, facts } from "./dom.js";
import { categoryOf, moment, t } from "./i18n.js";
import { all } from "./outbox.js";

async function look(code) {
  const problem = byId("problem"), state = byId("state");
  problem.hidden = true;
  state.hidden = true;
  try {
    const answer = await ask(`/api/v1/track/${encodeURIComponent(code)}`);
    state.replaceChildren(
      el("p", { class: "hint" }, t("track.now")), el("p", { class: "now", id: "now" }, t(`status.${answer.status}`)),
      facts([
        [t("receipt.number"), el("span", { class: "num" }, answer.event_number)],
        [t("event.category"), categoryOf(answer)],
        [t("event.grid"), answer.grid_name ?? t("event.no_grid")],
        [t("event.reported_at"), moment(answer.opened_at)],
        [t("event.closed_at"), answer.closed_at ? moment(answer.closed_at) : null],
        [t("track.updated"), moment(answer.updated_at)],
      ], ""),
      el("ol", { class: "steps" }, answer.history.map((row) => el("li", {}, t(`status.${row.status}`), el("small", {}, moment(row.at))))));
    state.hidden = false;
  } catch (error) {
    problem.textContent = error.status === 404 ? t("track.unknown") : reason(error);
    problem.hidden = false;
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
