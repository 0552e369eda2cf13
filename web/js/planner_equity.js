// Who has how much: shares by community, their inequality, and what the stations can serve (2SFCA).
import { ask, query } from "./api.js";
import { el, facts } from "./dom.js";
import { metres, number, t } from "./i18n.js";
import { count, decimal, empty, hint, row, share, table } from "./planner_parts.js";

/** A rate with what it is of. */
const rated = (one) => [share(one), " ", el("small", { class: "faint" }, one?.total ? t("planner.of_short", { covered: number(Math.round(one.covered)), total: number(Math.round(one.total)) }) : "")];

export async function equity(room) {
  const answer = await ask(`/api/v1/coverage/equity${query(room.asked())}`);
  if (!answer.communities.length) return empty(t("equity.none"));
  return el("div", { id: "equity" }, facts([
    [t("equity.gini"), decimal(answer.gini, 3)], [t("equity.palma"), decimal(answer.palma)],
    [t("equity.worst_tenth"), rated(answer.worst_tenth)],
    [t("equity.minimum"), answer.minimum ? [answer.minimum.name, " ", rated(answer.minimum.share)] : null],
    [t("equity.mean"), metres(answer.distance?.mean_m)], [t("equity.distance_gini"), decimal(answer.distance?.gini, 3)],
  ], "facts pad"), hint(t("equity.hint"), { class: "hint pad" }),
  table(t("equity.title"), [t("planner.community"), t("count.residents"), t("planner.rate"), t("equity.mean")], answer.communities.map((one) =>
    row(el("button", { type: "button", onclick: () => room.showArea(one.code) }, one.name), count(one.residents, one.suppressed), share(one.share), metres(one.mean_distance_m)))));
}

export async function accessibility(room) {
  const answer = await ask(`/api/v1/coverage/accessibility${query(room.asked())}`);
  const { capacity_known: known, capacity_total: all } = answer, places = (value) => (value === null ? "—" : decimal(value * 1000));
  if (!answer.communities.length) return empty(t("equity.none"));
  return el("div", { id: "accessibility" }, hint(t("access.hint"), { class: "hint pad" }),
    hint(t("access.known", { n: number(known), all: number(all) }), { class: "hint pad" }),
    table(t("access.title"), [t("planner.community"), t("access.score")], answer.communities.map((one) =>
      row(el("button", { type: "button", onclick: () => room.showArea(one.code) }, one.name), places(one.score)))),
    table(t("access.stations"), [t("panel.station"), t("access.ratio")], answer.stations.map((one) =>
      row(one.name, places(one.ratio)))));
}
