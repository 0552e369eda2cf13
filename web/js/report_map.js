// The reporter's map: the circle of the fix, a pin to drag, and which grid it stands in.
import { ask, query } from "./api.js";
import { byId, el, later } from "./dom.js";
import { furnish } from "./furniture.js";
import { metres, t } from "./i18n.js";

const ANSWER_MS = 3000;
const PIN = L.icon({ iconUrl: "/static/css/pin.svg", iconSize: [34, 44], iconAnchor: [17, 43], className: "pin" });

/** Map, pin and accuracy circle. `place()` is what will be sent; `onPlace()` tells of every move. */
export class ReportMap {
  constructor({ bbox, isSample, tiles, datum, onPlace }) {
    Object.assign(this, { bbox, datum, onPlace, fix: null, byHand: null, known: null });
    const [left, bottom, right, top] = bbox;
    this.map = L.map("map", { minZoom: 9, maxZoom: 19, zoomSnap: 0.5 }).fitBounds([[bottom, left], [top, right]]);
    const ground = tiles && L.tileLayer(tiles.url, { attribution: tiles.attribution, maxZoom: 19, maxNativeZoom: 18, zIndex: 0 }).addTo(this.map);
    for (const name of ["base", "bounds"]) L.vectorGrid.protobuf(`/tiles/${name}/{z}/{x}/{y}.mvt`, window.wanggeTiles.options(name)).addTo(this.map);
    furnish(this.map, { area: { is_sample: isSample } }, ground);
    this.circle = L.circle(this.map.getCenter(), { radius: 0, color: "#1d63a8", weight: 2, fillOpacity: 0.12, interactive: false });
    this.pin = L.marker(this.map.getCenter(), { icon: PIN, draggable: true, autoPan: true, keyboard: true, alt: t("report.pin"), title: t("report.pin") }).addTo(this.map);
    this.pin.on("dragend", () => this.hand(this.pin.getLatLng()));
    this.pin.on("keydown", ({ originalEvent }) => this.nudge(originalEvent));
    this.map.on("click", (event) => this.hand(event.latlng));
    this.tell = later(() => this.lookUp(), 350);
  }

  /** Arrow keys move the pin five metres, so that nobody needs to drag. */
  nudge(event) {
    const step = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.pin.getLatLng(), degree = 5 / 111320;
    this.hand(L.latLng(at.lat + step[1] * degree, at.lng + (step[0] * degree) / Math.cos((at.lat * Math.PI) / 180)));
  }

  /** A fix of the device, in the datum the reporter declared. A pin put by hand stays. */
  take(fix) {
    const first = !this.fix;
    this.fix = fix;
    if (this.byHand) return;
    this.put([fix.lat, fix.lon], first ? 17 : null);
    this.circle.setLatLng([fix.lat, fix.lon]).setRadius(fix.accuracy_m).addTo(this.map);
  }

  hand(latlng) {
    this.byHand = { lon: latlng.lng, lat: latlng.lat, coord_sys: "wgs84", accuracy_m: null };
    this.put(latlng, null);
  }

  /** Put the pin where a kept report has it. */
  restore(place) {
    this.byHand = place;
    this.put([place.lat, place.lon], 17);
  }

  /** Bring the map before the person; the service area is shown when it is not in sight. */
  show() {
    const [left, bottom, right, top] = this.bbox, area = L.latLngBounds([[bottom, left], [top, right]]);
    if (!this.map.getBounds().intersects(area)) this.map.fitBounds(area, { animate: false });
    const box = byId("map");
    box.focus({ preventScroll: true });
    box.scrollIntoView({ block: "center" });
  }

  /** Follow the device again. */
  release() {
    this.byHand = null;
    this.fix = null;
  }

  pinHere() {
    this.hand(this.map.getCenter());
  }

  put(latlng, zoom) {
    this.pin.setLatLng(latlng);
    if (zoom) this.map.setView(latlng, zoom, { animate: false });
    this.tell();
  }

  /** Longitude, latitude, datum and accuracy as they will be sent; null while there is no place. */
  place() {
    if (this.byHand) return { ...this.byHand };
    return this.fix && { lon: this.fix.lon, lat: this.fix.lat, coord_sys: this.datum(), accuracy_m: Math.round(this.fix.accuracy_m * 10) / 10 };
  }

  /** Why the place as it stands will be refused: what the server said of it; empty when it did not, or is not reached. */
  async refusal() {
    const here = JSON.stringify(this.place());
    if (this.known?.place !== here) await Promise.race([this.lookUp(), new Promise((done) => setTimeout(done, ANSWER_MS))]);
    return this.known?.place === here ? this.known.refusal : "";
  }

  async lookUp() {
    const place = this.place(), line = byId("grid");
    if (!place) return;
    try {
      const found = await ask(`/api/v1/locate${query({ lon: place.lon, lat: place.lat, coord_sys: place.coord_sys, accuracy_m: place.accuracy_m })}`);
      this.known = { place: JSON.stringify(place), refusal: found.in_service_area ? "" : t("report.outside") };
      if (place.coord_sys !== "wgs84") this.shift([found.lat, found.lon]);
      line.className = found.in_service_area ? (found.confirm ? "gridline warn" : "gridline") : "gridline bad";
      line.textContent = !found.in_service_area ? t("report.outside") : found.grid ? t("report.in_grid", { grid: found.grid.name }) : t("report.no_grid");
      if (!found.in_service_area) return;
      if (found.method === "nearest") line.append(` ${t("report.nearest", { d: metres(found.border_distance_m) })}`);
      else if (found.confirm) line.append(` ${t("report.confirm", { d: metres(found.border_distance_m) })}`);
      this.onPlace(place, found);
    } catch (error) {
      this.known = { place: JSON.stringify(place), refusal: error.status === 422 ? error.message : "" };
      line.className = error.status ? "gridline bad" : "gridline warn";
      line.textContent = error.status ? error.message : t("report.offline_grid");
    }
  }

  /** Draw a fix of another datum where it really is. */
  shift(latlng) {
    this.pin.setLatLng(latlng);
    this.circle.setLatLng(latlng);
    this.map.panTo(latlng, { animate: false });
  }
}

/** Fill the list of what stands near; the codes are sent with the report. */
export async function offerPlaces(select, place) {
  try {
    const answer = await ask(`/api/v1/places${query({ lon: place.lon, lat: place.lat, coord_sys: place.coord_sys })}`);
    const options = answer.items.map((one) => el("option", { value: `${one.kind}:${one.code}` }, t("report.place", { name: one.name || one.code, d: metres(one.distance_m) })));
    const kept = select.value;
    select.replaceChildren(el("option", { value: "" }, t("report.place_none")), ...options);
    select.value = kept;
    if (select.selectedIndex < 0) select.value = "";
  } catch {
    // without the list the address is typed
  }
}
