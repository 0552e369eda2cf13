// A template as a picture: states in the order they are reached, an arrow for every way between two. The tables say
// the same in words, so that nobody needs it.
import { svg } from "./dom.js";
import { label } from "./i18n.js";

const WIDE = 92, HIGH = 34, GAP_X = 46, GAP_Y = 22;

/** How many steps a state is from the beginning at least. */
function layers(found) {
  const at = new Map([["reported", 0]]), queue = ["reported"];
  while (queue.length) {
    const from = queue.shift();
    for (const edge of found.edges) {
      if (edge.from !== from || at.has(edge.to)) continue;
      at.set(edge.to, at.get(from) + 1);
      queue.push(edge.to);
    }
  }
  return at;
}

function places(found) {
  const at = layers(found), used = new Map();
  return new Map(found.states.map((state) => {
    const column = at.get(state.status) ?? 0, row = used.get(column) ?? 0;
    used.set(column, row + 1);
    return [state.status, { x: 8 + column * (WIDE + GAP_X), y: 8 + row * (HIGH + GAP_Y) }];
  }));
}

function arrow(from, to) {
  const ahead = to.x > from.x, same = to.x === from.x;
  const [x1, y1] = [ahead ? from.x + WIDE : from.x + WIDE / 2, ahead ? from.y + HIGH / 2 : same && to.y < from.y ? from.y : from.y + HIGH];
  const [x2, y2] = [ahead ? to.x : to.x + WIDE / 2, ahead ? to.y + HIGH / 2 : same && to.y > from.y ? to.y : to.y + HIGH];
  const bend = ahead ? GAP_X / 2 : GAP_Y;
  const path = ahead ? `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 3} ${y2}` : same ? `M${x1} ${y1}L${x2} ${y2}` : `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 + bend} ${x2} ${y2 + 3}`;
  return svg("path", { d: path, class: ahead ? "ahead" : "back", "marker-end": "url(#arrow)" });
}

/** The picture; the tables below say it in words. */
export function picture(found) {
  const at = places(found), boxes = [...at.values()];
  const ways = new Map(found.edges.filter((edge) => edge.from !== edge.to && at.has(edge.from) && at.has(edge.to)).map((edge) => [`${edge.from} ${edge.to}`, edge]));
  const wide = Math.max(...boxes.map((one) => one.x)) + WIDE + 8, high = Math.max(...boxes.map((one) => one.y)) + HIGH + GAP_Y + 8;
  return svg("svg", { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, class: "ways", "aria-hidden": "true" },
    svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, svg("path", { d: "M0 0L8 4L0 8Z" }))),
    [...ways.values()].map((edge) => arrow(at.get(edge.from), at.get(edge.to))),
    found.states.map((state) => {
      const { x, y } = at.get(state.status);
      return svg("g", { class: state.stage ? "waits" : "ends" }, svg("rect", { x, y, width: WIDE, height: HIGH, rx: 6 }), svg("text", { x: x + WIDE / 2, y: y + HIGH / 2 + 4, "text-anchor": "middle" }, label(state)));
    }));
}
