// Before and after, side by side: shares, who is gained and lost, by community; the buildings on the map.
import { el } from "./dom.js";
import { number, t } from "./i18n.js";
import { changeMarker, placeOf } from "./planner_marks.js";
import { absent, count, empty, hint, row, section, share, table, why } from "./planner_parts.js";

const MOST = 1500;
const PAINT = { gained: { fillColor: "#2f8a63", color: "#1c5c41" }, lost: { fillColor: "#f0a45d", color: "#7c3506" } };
const COUNTED = ["buildings", "households", "residents", "age_60_plus"];

/** "+1.2 points" between two shares. */
function moved(before, after) {
  if (absent(before?.rate) || absent(after?.rate)) return "—";
  const points = Math.round((after.rate - before.rate) * 1000) / 10;
  return t("compare.points", { n: `${points > 0 ? "+" : points < 0 ? "−" : "±"}${number(Math.abs(points))}` });
}

function totals(found, other) {
  const before = found.before, after = found.after, second = other ? other.after : null;
  const rows = COUNTED.filter((key) => before[key]).flatMap((key) => [row(t(`count.${key}`),
    [count(before[key].covered), el("small", {}, share(before[key]))], [count(after[key]?.covered), el("small", {}, share(after[key]))],
    second ? [count(second[key]?.covered), el("small", {}, share(second[key]))] : moved(before[key], after[key]))]);
  return table(t("compare.title"), [t("planner.group"), t("compare.before"), t("compare.after"), other ? other.name : t("compare.change")], rows);
}

function sums(found) {
  const line = (kind, one) => el("li", { class: kind, "data-sum": kind }, el("b", {}, kind === "gained" ? "+" : "−"), t(`compare.${kind}`, { buildings: absent(one.buildings) ? why(found.suppressed) : number(one.buildings) }), " ",
    absent(one.residents) ? el("span", { class: "withheld" }, why(found.suppressed)) : t("compare.people", { n: number(one.residents) }));
  return el("ul", { class: "sums" }, line("gained", found.gained), line("lost", found.lost));
}

function communities(found, room) {
  const rows = found.communities.filter(({ before, after }) => before.residents.covered !== after.residents.covered);
  if (!rows.length) return null;
  return section(t("compare.communities"), table(t("compare.communities"), [t("planner.community"), t("compare.before"), t("compare.after"), t("compare.change")], rows.map((one) =>
    row(el("button", { type: "button", onclick: () => room.showArea(one.code) }, one.name), share(one.before.residents), share(one.after.residents), moved(one.before.residents, one.after.residents)))));
}

/** Draw the buildings that are gained or lost; returns how many are drawn of how many. */
export function drawChanges(layer, found, room) {
  layer.clearLayers();
  const changed = found.buildings.features.filter((one) => ["gained", "lost"].includes(one.properties.status));
  L.geoJSON(changed, { interactive: false, style: (one) => ({ ...PAINT[one.properties.status], weight: 1, fillOpacity: 1 }), pointToLayer: () => L.layerGroup() }).addTo(layer);
  for (const one of changed.slice(0, MOST)) {
    const { code, status } = one.properties;
    changeMarker(placeOf(one.geometry), status, undefined, t(`legend.${status}`), () => room.pickBuilding(code)).addTo(layer);
  }
  return [Math.min(MOST, changed.length), changed.length];
}

/** The comparison as elements; `other` is a second plan's, with its name. */
export function comparison(found, room, drawn, other = null) {
  const nothing = found.gained.buildings === 0 && found.lost.buildings === 0;
  return el("div", { id: "comparison" },
    section(t("compare.title"), totals(found, other), sums(found)),
    nothing ? empty(t("compare.nothing")) : null,
    drawn[1] > drawn[0] ? hint(t("compare.drawn", { n: number(drawn[0]), all: number(drawn[1]) }), { class: "hint pad" }) : null,
    communities(found, room),
    found.relinked ? hint(t("compare.relinked", { n: number(found.relinked) }), { class: "hint pad" }) : null);
}
