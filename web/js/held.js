// The areas a person works in: what the area filters offer, and where a map begins.
import { ask } from "./api.js";

/** Codes of the areas somebody's roles are held in; empty where a role is held in a department, which has no border. */
export function heldAreas(found) {
  return found.roles.some((role) => !role.area) ? [] : [...new Set(found.roles.map((role) => role.area.code))];
}

/** Begin a map on the areas held, when they are less than the whole, of code `root`. */
export async function showHeld(map, found, root) {
  const codes = heldAreas(found);
  if (!codes.length || codes.some((code) => root.startsWith(code))) return;
  const cards = await Promise.all(codes.map((code) => ask(`/api/v1/areas/${encodeURIComponent(code)}`).catch(() => null)));
  const boxes = cards.filter((card) => card?.bbox).map(({ bbox }) => L.latLngBounds([bbox[1], bbox[0]], [bbox[3], bbox[2]]));
  if (!boxes.length) return;
  map.fitBounds(boxes.reduce((all, one) => all.extend(one)), { animate: false, maxZoom: 17 });
}
