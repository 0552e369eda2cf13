// Marks of plans: what an edit does, which buildings win or lose, where a site is. Shape and sign, not colour alone.
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { MarkIcon } from "./symbols.js";

const SIGN = { gained: "+", lost: "−", closer: "▲", farther: "▼", edit: "1", site: "1" };

/** A mark: gained a disc with +, lost a square with −, an edit a tag, a site a diamond; the last two carry a number. */
export const changeMark = (kind, sign = SIGN[kind]) => el("span", { class: `change ${kind}`, "aria-hidden": "true" }, el("b", {}, sign));

/** A marker with such a mark; `onPick` makes it one to press. */
export function changeMarker([lon, lat], kind, sign, title, onPick = null) {
  const marker = L.marker([lat, lon], {
    icon: new MarkIcon({ make: () => changeMark(kind, sign), ...(onPick ? {} : { iconSize: [20, 20], iconAnchor: [10, 10] }) }),
    alt: title, title, interactive: Boolean(onPick), keyboard: Boolean(onPick), zIndexOffset: kind === "edit" || kind === "site" ? 400 : 0,
  });
  if (onPick) marker.on("click", onPick);
  return marker;
}

/** A point of a geometry: its own, or the middle of its bounds. */
export function placeOf(geometry) {
  if (geometry.type === "Point") return geometry.coordinates;
  const at = L.geoJSON(geometry).getBounds().getCenter();
  return [at.lng, at.lat];
}

/** "126.62080, 45.76080" */
export const placeText = (lon, lat) => t("plan.place", { lon: Number(lon).toFixed(5), lat: Number(lat).toFixed(5) });
