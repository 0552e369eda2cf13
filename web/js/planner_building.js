// The card of one building: covered or why not, how far, and the way there on the map.
import { ask, query, reason } from "./api.js";
import { facts, el } from "./dom.js";
import { notice } from "./furniture.js";
import { aside, has, metres, number, t } from "./i18n.js";

const minutes = (seconds) => t("building.minutes", { n: number(Math.ceil(seconds / 6) / 10) });

/** A reason in words, with what or who stands in the way when it is told. */
export function reasonText(one) {
  if (!one.reason) return null;
  const word = (name) => (has(`reason.${name}`) ? t(`reason.${name}`) : name);
  return one.reason_detail ? `${word(one.reason)}${aside(word(one.reason_detail))}` : word(one.reason);
}

function pairs(one) {
  const near = one.nearest, second = one.second;
  return [
    [t("planner.reason"), reasonText(one)],
    [t("building.residents"), one.suppressed ? el("span", { class: "withheld" }, t("planner.outside_word")) : number(one.residents)],
    [t("building.address"), one.address],
    [t("building.nearest"), near ? near.name : t("building.none")], [t("building.distance"), near ? metres(near.distance_m) : null],
    [t("building.time"), near?.time_s ? minutes(near.time_s) : null],
    [t("building.second"), second ? `${second.name}${aside(metres(second.distance_m))}` : null],
  ];
}

let picked = 0; // of two picked one after the other the later is shown, whichever answer comes first

/** Ask for a building and show its card; `open` shows a card, `drawing` the way on the map. */
export async function pickBuilding(code, asked, open, drawing) {
  const mine = ++picked;
  try {
    const one = await ask(`/api/v1/coverage/buildings/${encodeURIComponent(code)}${query({ ...asked, area: "" })}`);
    if (mine !== picked) return;
    open(t("panel.building"), one.name || one.address || one.code, [
      el("p", { class: "text" }, el("strong", { class: one.covered ? "yes" : "no" }, one.covered ? t("building.covered") : t("building.uncovered")), one.borderline ? aside(t("legend.borderline")) : ""),
      facts(pairs(one)),
      one.path ? el("p", { class: "hint" }, t("building.way")) : null,
    ]);
    if (one.path) drawing.walk(one.path);
  } catch (error) {
    notice(reason(error));
  }
}
