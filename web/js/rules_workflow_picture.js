// A template as a picture: the states in the order of the template, each after all that lead to it, an arrow for every
// step on and back. The tables say the same in words, so that nobody needs it.
import { svg } from "./dom.js";
import { label, t } from "./i18n.js";

const WIDE = 92, HIGH = 34, GAP = 40, ROW = 54, ARC = 7, EDGE = 8;

/** How far on a state is: after all that lead to it in the order of the template. */
function columns(found) {
  const order = new Map(found.states.map((state, n) => [state.status, n])), at = new Map();
  for (const { status } of found.states.filter((state) => state.stage)) {
    const before = found.edges.filter((edge) => edge.to === status && at.has(edge.from) && order.get(edge.from) < order.get(status)).map((edge) => at.get(edge.from));
    at.set(status, before.length ? 1 + Math.max(...before) : 0);
  }
  return at;
}

/** Waiting states in their columns, the ends of an event in a line below. */
function places(found) {
  const at = columns(found), used = new Map(), most = Math.max(...at.values());
  const top = EDGE + ARC * (most + 1);
  const waiting = found.states.filter((state) => at.has(state.status)).map((state) => {
    const column = at.get(state.status), row = used.get(column) ?? 0;
    used.set(column, row + 1);
    return [state.status, { x: EDGE + column * (WIDE + GAP), y: top + row * ROW, column }];
  });
  const low = top + Math.max(...used.values()) * ROW + ARC * (most + 2);
  const ends = found.states.filter((state) => !at.has(state.status)).map((state, n) => [state.status, { x: EDGE + (n + 1) * (WIDE + GAP), y: low, column: null }]);
  return { at: new Map([...waiting, ...ends]), low };
}

/** On to the next, over what lies between, or back below. */
function way(from, to) {
  const span = to.column - from.column;
  const middle = (one) => one.x + WIDE / 2;
  if (span === 1) return { d: `M${from.x + WIDE} ${from.y + HIGH / 2}C${from.x + WIDE + GAP / 2} ${from.y + HIGH / 2} ${to.x - GAP / 2} ${to.y + HIGH / 2} ${to.x - 3} ${to.y + HIGH / 2}`, kind: "ahead" };
  if (span > 1) return { d: `M${middle(from) + 12} ${from.y}C${middle(from) + 30} ${from.y - ARC * span} ${middle(to) - 30} ${to.y - ARC * span} ${middle(to) - 12} ${to.y - 3}`, kind: "ahead" };
  if (span === 0) return { d: `M${middle(from)} ${from.y < to.y ? from.y + HIGH : from.y}L${middle(to)} ${from.y < to.y ? to.y - 3 : to.y + HIGH + 3}`, kind: "back" };
  return { d: `M${middle(from) - 12} ${from.y + HIGH}C${middle(from) - 30} ${from.y + HIGH - ARC * span} ${middle(to) + 30} ${to.y + HIGH - ARC * span} ${middle(to) + 12} ${to.y + HIGH + 3}`, kind: "back" };
}

/** The picture; the tables below say it in words. */
export function picture(found) {
  const { at, low } = places(found), boxes = [...at.values()];
  const ways = new Map(found.edges.filter((edge) => edge.from !== edge.to).map((edge) => [`${edge.from} ${edge.to}`, [at.get(edge.from), at.get(edge.to)]]));
  const drawn = [...ways.values()].filter(([from, to]) => from.column !== null && to.column !== null).map(([from, to]) => way(from, to));
  const wide = Math.max(...boxes.map((one) => one.x)) + WIDE + EDGE;
  return svg("svg", { viewBox: `0 0 ${wide} ${low + HIGH + EDGE}`, width: wide, height: low + HIGH + EDGE, class: "ways", "aria-hidden": "true" },
    svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto-start-reverse" }, svg("path", { d: "M0 0L8 4L0 8Z" }))),
    drawn.map(({ d, kind }) => svg("path", { d, class: kind, "marker-end": "url(#arrow)" })),
    svg("text", { x: EDGE + WIDE / 2, y: low + HIGH / 2 + 4, "text-anchor": "middle" }, t("rules.ends")),
    found.states.map((state) => {
      const { x, y } = at.get(state.status);
      return svg("g", { class: state.stage ? "waits" : "ends" }, svg("rect", { x, y, width: WIDE, height: HIGH, rx: 6 }), svg("text", { x: x + WIDE / 2, y: y + HIGH / 2 + 4, "text-anchor": "middle" }, label(state)));
    }));
}
