// Putting a pin: one's own areas are outlined, and the words of where it stands, or why it may not, come at once.
import { ask, query, reason } from "./api.js";
import { later } from "./dom.js";
import { listed, t } from "./i18n.js";
import { PlaceMap } from "./place_map.js";

const LOOK_MS = 300, DISTRICT = 6;

/**
 * The map in `box`, without a pin before one is put. `at` is {lon, lat, coord_sys} or null, `refused` why it will not
 * do; `elsewhere` is the text for outside `areas`, with {place} and {areas}. `onPin(at)` is told of a pin put by hand.
 * `framed` comes when the areas are outlined; the pin may be put before.
 */
export function placePick(box, line, { areas, elsewhere, label = t("report.pin"), onPin = () => {} }) {
  const state = { at: null, refused: "" };
  const say = (text, warn) => Object.assign(line, { textContent: text, className: warn ? "hint warn" : "hint" });
  const look = later(async (typed) => {
    const { at } = state;
    if (!at) return;
    try {
      const found = await ask(`/api/v1/locate${query(at)}`), where = found.grid ?? found.scope;
      if (at !== state.at) return;
      if (typed) state.map.show(found);
      state.refused = areas.some((one) => where?.code.startsWith(one.code)) ? "" : where ? t(elsewhere, { place: where.name, areas: listed(areas.map((one) => one.name)) }) : t("report.outside");
      say(state.refused || t("whistle.here", { place: where.name }), state.refused);
    } catch (error) {
      if (at === state.at) say(reason(error), true);
    }
  }, LOOK_MS);

  function stand(at, typed) {
    Object.assign(state, { at, refused: "" });
    if (typed) { // until it is looked up there is no pin, so none of another place can be moved
      state.map.unplaced();
      say("");
    }
    look(typed);
  }

  state.map = new PlaceMap(box, { label, onMove: (at) => {
    stand({ ...at, coord_sys: "wgs84" }, false);
    onPin(state.at);
  } });
  /** Show a place told in numbers, in a coordinate system of its own, once it is looked up; null takes the pin away. */
  state.put = (at) => stand(at, true);
  state.map.showArea(document.body.dataset.bbox.split(",").map(Number));
  state.map.unplaced();
  state.framed = frame(state, areas);
  return state;
}

async function frame(state, areas) {
  const asked = areas.filter((one) => one.code.length > DISTRICT).map((one) => ask(`/api/v1/grids.geojson${query({ area: one.code })}`));
  const features = (await Promise.all(asked)).flatMap((one) => one.features);
  if (features.length && !state.at) state.map.frame({ type: "FeatureCollection", features });
}
