// What a planner takes home: files in a format and a reference system.
import { query } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { hint, section } from "./planner_parts.js";

const FORMATS = { xlsx: "Excel", gpkg: "GeoPackage", geojson: "GeoJSON", geoparquet: "GeoParquet", shp: "Shapefile", dxf: "DXF" };

function files(room) {
  const offered = room.offers.parameter("/api/v1/coverage/export", "crs");
  const formats = Object.entries(FORMATS).filter(([format]) => offered || ["xlsx", "gpkg", "geojson"].includes(format));
  const links = formats.map(([format, name]) => el("a", { class: "button", download: "", "data-format": format }, name));
  const own = el("input", { type: "text", id: "crs-own", maxlength: 8000, placeholder: "EPSG:4547 / PROJCS[…]", "aria-label": t("export.crs_own") });
  const line = el("p", { hidden: true }, own);
  const crs = el("select", { id: "crs" }, [["", t("export.crs.lonlat")], ["cgcs2000-3", t("export.crs.zone")], ["own", t("export.crs.own")]].map(([value, text]) => el("option", { value }, text)));
  const write = () => {
    line.hidden = crs.value !== "own";
    const chosen = crs.value === "own" ? own.value.trim() : crs.value;
    for (const link of links) link.href = `/api/v1/coverage/export${query({ ...room.asked(), format: link.dataset.format, crs: chosen })}`;
  };
  crs.onchange = write;
  own.oninput = write;
  write();
  return section(t("planner.download"), el("div", { class: "pad" },
    hint(t("export.what")), offered ? [el("label", { class: "field" }, el("span", {}, t("export.crs")), crs), line] : null),
  el("nav", { class: "downloads", "aria-label": t("planner.download") }, links));
}

/** The tab: files for who may export. */
export async function exports(room) {
  return [room.may("coverage.export") ? files(room) : null];
}
