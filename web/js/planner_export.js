// What a planner takes home: files in a format and a reference system, and the report as a PDF.
import { query, tell } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { fileOf, followJob, latestJob, runJob } from "./planner_jobs.js";
import { hint, section } from "./planner_parts.js";
import { asBody, questionText, sameQuestion } from "./planner_question.js";

const EXPORT = "/api/v1/coverage/export", REPORT = "/api/v1/coverage/report";
const FORMATS = { xlsx: "Excel", gpkg: "GeoPackage", geojson: "GeoJSON", geoparquet: "GeoParquet", shp: "Shapefile", dxf: "DXF" };

function files(room) {
  const links = Object.entries(FORMATS).map(([format, name]) => el("a", { class: "button", download: "", "data-format": format }, name));
  const own = el("textarea", { id: "crs-own", rows: 2, maxlength: 8000, placeholder: "EPSG:4547 / PROJCS[…]", "aria-label": t("export.crs_own") });
  const line = el("p", { hidden: true }, own);
  const crs = el("select", { id: "crs" }, [["", t("export.crs.lonlat")], ["cgcs2000-3", t("export.crs.zone")], ["own", t("export.crs.own")]].map(([value, text]) => el("option", { value }, text)));
  const missing = el("p", { class: "problem", id: "crs-missing", role: "status", hidden: true }, t("export.crs_missing"));
  const write = () => {
    line.hidden = crs.value !== "own";
    const chosen = crs.value === "own" ? own.value.trim().replace(/^EPSG:/i, "") : crs.value;
    missing.hidden = crs.value !== "own" || chosen !== "";
    for (const link of links) {
      link.setAttribute("aria-disabled", String(!missing.hidden));
      if (!missing.hidden) link.removeAttribute("href"); // without one it would be longitude and latitude, unasked
      else link.href = `${EXPORT}${query({ ...room.asked(), format: link.dataset.format, crs: chosen })}`;
    }
  };
  crs.onchange = write;
  own.oninput = write;
  write();
  return section(t("planner.download"), el("div", { class: "pad" },
    hint(t("export.what")), el("label", { class: "field" }, el("span", {}, t("export.crs")), crs), line, missing),
  el("nav", { class: "downloads", "aria-label": t("planner.download") }, links));
}

/** The file of a report, with the question it answers: it may be of another day's. */
function ready(room, job) {
  const asked = job.result?.question;
  return el("div", {}, el("p", { class: "hint", role: "status" }, t("report.ready")),
    asked ? hint(t("planner.job_question", { what: questionText(room, asked) }), { id: "report-question" }) : null,
    asked && sameQuestion(asked, room.asked()) ? null : el("p", { class: "problem", id: "report-other", role: "status" }, t(asked ? "planner.job_other" : "planner.job_unknown")),
    el("a", { class: "button primary wide", id: "report-file", href: fileOf(job), download: "" }, t("report.download")));
}

/** A report is a job: how far it is, then its file. */
function report(room) {
  const box = el("div", { id: "report-job", class: "pad" }), done = (job) => ready(room, job);
  latestJob("report").then((job) => job && !box.childElementCount && followJob(job.id, box, done));
  const make = el("button", { type: "button", class: "primary wide", id: "report-make", onclick: async () => {
    make.disabled = true;
    await runJob(box, () => tell("POST", REPORT, asBody(room.asked())), done);
    make.disabled = false;
  } }, t("report.make"));
  return section(t("report.title"), el("div", { class: "pad" }, hint(t("report.hint")),
    el("p", { class: "line" }, make)), box);
}

/** The tab: files for who may export, the report for who plans. */
export async function exports(room) {
  return [room.may("coverage.export") ? files(room) : null, room.may("coverage.plan") ? report(room) : null];
}
