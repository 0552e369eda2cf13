// Picking on the map: a click gives a place, Escape gives up; what is pressed then opens no card.
import { notice } from "./furniture.js";
import { t } from "./i18n.js";

/** End whatever is being picked. */
export function stopPicking(room) {
  room.picking?.stop();
}

/**
 * Let somebody pick on the map. `onPlace(lon, lat)` is called for a click; `station(one)` for a station pressed,
 * true when it was taken. `many` keeps going until Escape or `stopPicking`.
 */
export function pickOnMap(room, { say, onPlace, station = null, many = false }) {
  stopPicking(room);
  const { map } = room, box = map.getContainer();
  const stop = () => {
    box.classList.remove("picking");
    box.removeEventListener("click", click, true);
    document.removeEventListener("keydown", key, true);
    room.picking = null;
    room.refreshStations();
    notice("");
  };
  const click = (event) => {
    if (map.dragging.moved() || event.target.closest(".leaflet-control")) return;
    if (station && event.target.closest(".leaflet-marker-icon")) return;
    event.stopPropagation();
    const { lat, lng } = map.mouseEventToLatLng(event);
    if (!many) stop();
    onPlace(Number(lng.toFixed(7)), Number(lat.toFixed(7)));
  };
  const key = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    stop();
  };
  room.picking = { stop, station };
  box.classList.add("picking");
  box.addEventListener("click", click, true);
  document.addEventListener("keydown", key, true);
  room.refreshStations();
  room.uncoverMap();
  notice(`${say} ${t("pick.escape")}`);
}

/** The middle of the map as a place. */
export function middle(room) {
  const { lat, lng } = room.map.getCenter();
  return [Number(lng.toFixed(6)), Number(lat.toFixed(6))];
}
