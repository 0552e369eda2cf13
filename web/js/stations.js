// Stations on the map: a character and a shape a type, drawn only where and when they can be read.
import { ask } from "./api.js";
import { t } from "./i18n.js";
import { MarkIcon, stationLabel, stationMark } from "./symbols.js";

const FROM_ZOOM = 14;

/** All stations as plain objects with lon, lat. */
export async function fetchStations() {
  const answer = await ask("/api/v1/stations");
  return answer.features.map(({ properties, geometry }) => ({ ...properties, lon: geometry.coordinates[0], lat: geometry.coordinates[1] }));
}

/** Draws stations that `wanted(station)` accepts, in view and close enough. */
export class StationLayer {
  constructor(map, { onPick, fromZoom = FROM_ZOOM, wanted = () => true }) {
    Object.assign(this, { map, onPick, fromZoom, wanted, stations: [], shown: new Map(), on: true });
    this.group = L.layerGroup().addTo(map);
    map.on("moveend", () => this.refresh());
  }

  set(stations) {
    this.stations = stations;
    this.refresh();
  }

  toggle(on) {
    this.on = on;
    this.refresh();
  }

  marker(station) {
    const marker = L.marker([station.lat, station.lon], {
      icon: new MarkIcon({ make: () => stationMark(station.type, station.status) }),
      alt: t("map.station_alt", { name: station.name, type: stationLabel(station.type) }), title: station.name, zIndexOffset: -200,
    });
    marker.on("click", () => this.onPick(station));
    return marker;
  }

  refresh() {
    const box = this.map.getBounds().pad(0.1);
    const seen = this.on && this.map.getZoom() >= this.fromZoom;
    const wanted = new Set(seen ? this.stations.filter((one) => this.wanted(one) && box.contains([one.lat, one.lon])).map((one) => one.code) : []);
    for (const [code, marker] of this.shown) {
      if (wanted.has(code)) continue;
      this.group.removeLayer(marker);
      this.shown.delete(code);
    }
    for (const station of this.stations) {
      if (!wanted.has(station.code) || this.shown.has(station.code)) continue;
      this.shown.set(station.code, this.marker(station).addTo(this.group));
    }
  }
}
