// Marks on the map: colour, shape and a character together, so that no meaning hangs on colour alone.
import { el } from "./dom.js";
import { lang, t, has } from "./i18n.js";

export { FINISHED, STATUSES, eventMark } from "./marks.js";

const ROUND = new Set(["warm_stop", "courier_stop", "driver_home", "health_station", "health_center", "bus_stop", "metro", "market"]);

export const stationLabel = (type) => (has(`station.${type}`) ? t(`station.${type}`) : type);

/** The mark of a station: a character names its type, dashed when it is not open yet. */
export function stationMark(type, status = "existing") {
  const char = has(`station.${type}.char`) ? t(`station.${type}.char`) : stationLabel(type).slice(0, 1);
  const classes = ["station", ROUND.has(type) ? "round" : "", status === "existing" ? "" : "planned"];
  return el("span", { class: classes.join(" ").trim(), "aria-hidden": "true" }, char);
}

/** A leaflet icon around a mark, made when the marker is drawn. */
export const MarkIcon = L.Icon.extend({
  options: { iconSize: [44, 44], iconAnchor: [22, 22], className: "mark-icon" },
  createIcon() {
    const box = el("div", { class: "mark-icon" }, this.options.make());
    this._setIconStyles(box, "icon");
    return box;
  },
  createShadow: () => null,
});

/** The mark of a cluster: its size grows with the count, the count is written in it. */
export function clusterIcon(cluster) {
  const count = cluster.getChildCount();
  const side = Math.round(26 + 8 * Math.log10(count));
  const text = new Intl.NumberFormat(lang).format(count);
  const Cluster = L.Icon.extend({
    createIcon() {
      const disc = el("span", {}, text);
      disc.style.width = disc.style.height = `${side}px`;
      const box = el("div", { class: "cluster", title: t("map.cluster", { n: text }) }, disc);
      this._setIconStyles(box, "icon");
      return box;
    },
    createShadow: () => null,
  });
  return new Cluster({ iconSize: [44, 44], iconAnchor: [22, 22], className: "cluster" });
}
