// Who has how much: shares by community, their inequality, and what the stations can serve (2SFCA).
import { ask, query } from "./api.js";
import { el, facts } from "./dom.js";
import { aside, metres, number, percent, t } from "./i18n.js";
import { count, decimal, empty, hint, row, share, table } from "./planner_parts.js";

const value = (one) => (one !== null && typeof one === "object" ? one.value ?? one.rate : one);

/** A rate that is told as a number or with its numerator and denominator. */
const rated = (one) => (one !== null && typeof one === "object" ? share({ total: one.total ?? one.denominator, rate: one.rate ?? one.value }) : percent(one));

export async function equity(room) {
  const answer = await ask(`/api/v1/coverage/equity${query(room.asked())}`);
  if (!answer.communities.length) return empty(t("equity.none"));
  return el("div", { id: "equity" }, facts([
    [t("equity.gini"), decimal(value(answer.gini), 3)], [t("equity.palma"), decimal(value(answer.palma))],
    [t("equity.worst_tenth"), rated(answer.worst_tenth)],
    [t("equity.minimum"), answer.minimum ? [answer.minimum.name, " ", rated(answer.minimum.share)] : null],
  ], "facts pad"), hint(t("equity.hint"), { class: "hint pad" }),
  table(t("equity.title"), [t("planner.community"), t("count.residents"), t("planner.rate"), t("equity.mean")], answer.communities.map((one) =>
    row(el("button", { type: "button", onclick: () => room.showArea(one.code) }, one.name), count(one.residents, one.suppressed), rated(one.share), metres(one.mean_distance_m)))));
}

export async function accessibility(room) {
  const answer = await ask(`/api/v1/coverage/accessibility${query(room.asked())}`);
  const known = answer.capacity_known, all = answer.stations.length;
  if (!answer.communities.length) return empty(t("equity.none"));
  return el("div", { id: "accessibility" }, hint(t("access.hint"), { class: "hint pad" }),
    typeof known === "number" ? hint(t("access.known", { n: number(known), all: number(all) }), { class: "hint pad" }) : null,
    table(t("access.title"), [t("planner.community"), t("access.score")], answer.communities.map((one) =>
      row(el("button", { type: "button", onclick: () => room.showArea(one.code) }, one.name), decimal(one.score * 1000, 2)))),
    table(t("access.stations"), [t("panel.station"), t("access.ratio")], answer.stations.map((one) =>
      row(room.stationName(one.code), decimal(one.ratio * 1000, 2)))));
}
