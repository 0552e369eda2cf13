// A small map of one place: a pin, which may be moved by a click, by dragging or by the arrow keys where that is asked.
import { furnish } from "./furniture.js";

const PIN = L.icon({ iconUrl: "/static/css/pin.svg", iconSize: [34, 44], iconAnchor: [17, 43], className: "pin" });
const RING = { fill: true, fillColor: "#f2b33d", fillOpacity: 0.18, color: "#12406f", weight: 3, opacity: 1, interactive: false };
const METRES_A_DEGREE = 111320, STEP_M = 5;
const MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** The map in `box`; `onMove({lon, lat})` is told of every move by hand, without it the pin stays. */
export class PlaceMap {
  constructor(box, { label, onMove = null }) {
    const { sample, tiles, tilesBy } = document.body.dataset;
    Object.assign(this, { onMove, border: null });
    this.map = L.map(box, { minZoom: 9, maxZoom: 19, scrollWheelZoom: false });
    const ground = tiles && L.tileLayer(tiles, { attribution: tilesBy, maxZoom: 19, maxNativeZoom: 18, zIndex: 0 }).addTo(this.map);
    this.map.setView([0, 0], 16);
    for (const name of ["base", "bounds"]) L.vectorGrid.protobuf(`/tiles/${name}/{z}/{x}/{y}.mvt`, window.wanggeTiles.options(name)).addTo(this.map);
    furnish(this.map, { area: { is_sample: Boolean(sample) } }, ground);
    this.pin = L.marker([0, 0], { icon: PIN, draggable: Boolean(onMove), autoPan: true, keyboard: Boolean(onMove), alt: label, title: label }).addTo(this.map);
    if (!onMove) return;
    this.pin.on("dragend", () => this.moved(this.pin.getLatLng()));
    this.pin.on("keydown", ({ originalEvent }) => this.nudge(originalEvent));
    this.map.on("click", ({ latlng }) => this.moved(latlng));
  }

  nudge(event) {
    const step = MOVES[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.pin.getLatLng(), degree = STEP_M / METRES_A_DEGREE;
    this.moved(L.latLng(at.lat + step[1] * degree, at.lng + (step[0] * degree) / Math.cos((at.lat * Math.PI) / 180)));
  }

  moved(latlng) {
    this.pin.setLatLng(latlng).addTo(this.map);
    this.onMove({ lon: latlng.lng, lat: latlng.lat });
  }

  /** Show a place. */
  show({ lon, lat }, zoom = 16) {
    this.map.invalidateSize();
    this.pin.setLatLng([lat, lon]).addTo(this.map);
    this.map.setView([lat, lon], zoom, { animate: false });
  }

  /** Show a whole area, left, bottom, right, top; the pin in its middle. */
  showArea([left, bottom, right, top]) {
    this.map.invalidateSize();
    this.map.fitBounds([[bottom, left], [top, right]], { animate: false });
    this.pin.setLatLng(this.map.getCenter());
  }

  /** No pin until one is placed: by a click, or by `place` in the middle of what is shown. */
  unplaced() {
    this.pin.remove();
  }

  place() {
    this.moved(this.map.getCenter());
    this.pin.getElement().focus();
  }

  /** Show some areas, outlined; nothing is said about a place. */
  frame(features) {
    this.border?.remove();
    this.border = L.geoJSON(features, { style: RING }).addTo(this.map);
    this.map.invalidateSize();
    const bounds = this.border.getBounds();
    if (bounds.isValid()) this.map.fitBounds(bounds, { animate: false, padding: [16, 16], maxZoom: 17 });
  }

  /** Draw the border of an area, GeoJSON features, and the place together; none takes it away. */
  outline(features) {
    this.border?.remove();
    this.border = features ? L.geoJSON(features, { style: RING }).addTo(this.map) : null;
    const bounds = this.border?.getBounds();
    if (bounds?.isValid()) this.map.fitBounds(bounds.extend(this.pin.getLatLng()), { animate: false, padding: [16, 16], maxZoom: 17 });
  }
}
