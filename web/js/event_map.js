// The place of an event on a map with the border of its grid; drawn once, moved when the event was moved.
import { ask, query } from "./api.js";
import { furnish } from "./furniture.js";
import { t } from "./i18n.js";
import { MarkIcon, eventMark } from "./symbols.js";

const RING = { fill: true, fillColor: "#f2b33d", fillOpacity: 0.18, color: "#12406f", weight: 3, opacity: 1, interactive: false };
let map = null, marker = null, border = null;

function made() {
  const { sample, tiles, tilesBy } = document.body.dataset;
  map = L.map("map", { minZoom: 9, maxZoom: 19, scrollWheelZoom: false });
  const ground = tiles && L.tileLayer(tiles, { attribution: tilesBy, maxZoom: 19, maxNativeZoom: 18, zIndex: 0 }).addTo(map);
  map.setView([0, 0], 17);
  for (const name of ["base", "bounds"]) L.vectorGrid.protobuf(`/tiles/${name}/{z}/{x}/{y}.mvt`, window.wanggeTiles.options(name)).addTo(map);
  furnish(map, { area: { is_sample: Boolean(sample) } }, ground);
}

/** Show where an event is. */
export async function showPlace(event) {
  const at = [event.lat, event.lon];
  if (!map) made();
  map.setView(at, 17, { animate: false });
  marker?.remove();
  border?.remove();
  marker = L.marker(at, { icon: new MarkIcon({ make: () => eventMark(event.status, event.urgency) }), alt: t("map.event_alt", { number: event.number, status: t(`status.${event.status}`) }), title: event.number, keyboard: false }).addTo(map);
  if (!event.grid) return;
  const { features } = await ask(`/api/v1/grids.geojson${query({ area: event.grid })}`);
  border = L.geoJSON(features, { style: RING }).addTo(map);
  const bounds = border.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds.extend(at), { animate: false, padding: [12, 12], maxZoom: 17 });
}
