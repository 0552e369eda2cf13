// Events on the map: fetched page by page, clustered in pieces, never more than the page can carry.
import { ask, query, reason } from "./api.js";
import { t } from "./i18n.js";
import { MarkIcon, clusterIcon, eventMark } from "./symbols.js";

export const CARRY = 4000; // so many markers are loaded at once; beyond, only those in view
const PAGE = 2000;

/** Loads and draws the events of a filter; `onChange(features, whole)` tells the list. */
export class EventLayer {
  constructor(map, { onChange, onPick, onNotice }) {
    Object.assign(this, { map, onChange, onPick, onNotice, features: [], markers: new Map(), round: 0, whole: true, picked: null, sought: null });
    this.group = L.markerClusterGroup({
      chunkedLoading: true, chunkInterval: 60, chunkDelay: 20, maxClusterRadius: 64, disableClusteringAtZoom: 18,
      spiderfyOnMaxZoom: true, showCoverageOnHover: false, iconCreateFunction: clusterIcon, animate: false,
    }).addTo(map);
    map.on("moveend", () => this.whole || this.load(this.filters, this.total).catch((error) => onNotice(reason(error))));
  }

  /** Fetch and draw; all of them when they fit, else those in view. It ends when the newest question is drawn. */
  load(filters, total) {
    this.round += 1;
    this.loading = this.read(filters, total, this.round);
    return this.loading;
  }

  async read(filters, total, round) {
    this.filters = filters;
    this.total = total;
    this.whole = total <= CARRY;
    const box = this.map.getBounds().pad(0.05);
    const bbox = this.whole ? "" : [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((one) => one.toFixed(6)).join(",");
    const found = [];
    let cursor = "";
    do {
      const page = await ask(`/api/v1/events.geojson${query({ ...filters, bbox, limit: PAGE, cursor })}`);
      if (round !== this.round) return this.loading; // a newer question overtook this one
      found.push(...page.features);
      cursor = page.next;
    } while (cursor && found.length < CARRY);
    this.onNotice(cursor ? t("map.too_many", { n: found.length }) : "");
    this.draw(found);
  }

  draw(features) {
    this.group.clearLayers();
    this.markers.clear();
    this.features = features;
    const made = features.map((feature) => {
      const { number, status, urgency } = feature.properties;
      const [lon, lat] = feature.geometry.coordinates;
      const marker = L.marker([lat, lon], {
        icon: new MarkIcon({ make: () => eventMark(status, urgency) }),
        alt: t("map.event_alt", { number, status: t(`status.${status}`) }), title: number, riseOnHover: true,
      });
      marker.on("click", () => this.onPick(feature));
      marker.on("add", () => feature.id === this.picked && this.highlight(null)); // out of its cluster, with a new icon
      this.markers.set(feature.id, marker);
      return marker;
    });
    this.group.addLayers(made);
    this.onChange(features, this.whole);
    if (this.sought && this.markers.has(this.sought)) this.show(this.sought); // drawn anew while on the way to it
    else this.highlight(null);
  }

  /** Ring the mark of an event besides the picked one, which keeps its ring whatever the pointer rests on. */
  highlight(id) {
    for (const ringed of this.map.getContainer().querySelectorAll(".mark.on")) ringed.classList.remove("on");
    for (const one of new Set([id, this.picked])) {
      const marker = this.markers.get(one);
      const shown = marker && this.group.getVisibleParent(marker);
      shown?.getElement?.()?.querySelector(".mark")?.classList.add("on");
    }
  }

  /** Bring an event into view and out of its cluster and ring it; null lets the picked one go. */
  show(id) {
    this.picked = id;
    const marker = this.markers.get(id);
    this.sought = marker ? id : null;
    if (!marker) {
      this.highlight(null);
      return;
    }
    this.group.zoomToShowLayer(marker, () => {
      if (this.sought === id) this.sought = null;
      this.highlight(id);
    });
  }
}
