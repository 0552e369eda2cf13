// Siting: what new stations are for, how many, where they may stand; a job computes them, the answer can become a plan.
import { tell } from "./api.js";
import { el, facts } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { label, number, percent, t } from "./i18n.js";
import { followJob, latestJob, runJob } from "./planner_jobs.js";
import { changeMark, changeMarker } from "./planner_marks.js";
import { absent, empty, hint, row, section, table } from "./planner_parts.js";
import { middle, pickOnMap, stopPicking } from "./planner_pick.js";
import { asBody, questionText, sameQuestion } from "./planner_question.js";

const MODELS = ["coverage", "set_cover", "p_median", "capacity", "backup", "min_coverage"];
const MODEL_FIELDS = { coverage: ["stations"], set_cover: ["target"], p_median: ["stations"], capacity: ["stations", "capacity"], backup: ["stations", "theta"], min_coverage: ["stations", "min_coverage"] };
const KINDS = ["streets", "points", "parcels"];
const numeric = (name, value, min, max, step = 1) => el("input", { type: "number", name, value, min, max, step, required: true, inputMode: "decimal" });

/** The polygons of a GeoJSON file somebody chose; null without one. */
async function geojson(input) {
  const file = input.files[0];
  if (!file) return null;
  let read = null;
  try {
    read = JSON.parse(await file.text());
  } catch {
    throw new Error(t("siting.bad_file", { name: file.name }));
  }
  if (read?.type !== "FeatureCollection") throw new Error(t("siting.bad_file", { name: file.name }));
  return read;
}

/** A count in what the answer counts: residents, or what stands in for them. */
const many = (found, n) => t(`siting.count.${found.weight ?? "residents"}`, { n: number(n) });

/** Points pressed on the map or typed, a line each. */
function pointsField(room, layer) {
  const area = el("textarea", { name: "points", rows: 4, placeholder: "126.62080, 45.76080" });
  const read = () => area.value.split("\n").map((one) => one.split(/[,，\s]+/).filter(Boolean).map(Number)).filter((one) => one.length === 2 && one.every(Number.isFinite));
  const draw = () => {
    layer.clearLayers();
    read().forEach((place, at) => changeMarker(place, "edit", number(at + 1), t("siting.candidate", { n: at + 1 })).addTo(layer));
  };
  const add = (lon, lat) => {
    area.value = [...area.value.split("\n").filter((one) => one.trim()), `${lon}, ${lat}`].join("\n");
    draw();
  };
  area.oninput = draw;
  return { read, draw, element: [
    el("div", { class: "line" }, el("button", { type: "button", class: "grow", "data-pick": "points", onclick: () => pickOnMap(room, { say: t("pick.points"), onPlace: add, many: true }) }, t("pick.draw")),
      el("button", { type: "button", class: "grow", onclick: () => add(...middle(room)) }, t("pick.middle_next"))),
    field(t("siting.points"), area, t("plan.points_hint"))] };
}

/** Show those of `fields` that a choice needs. */
function follow(select, fields, needs) {
  const show = () => {
    for (const [name, box] of Object.entries(fields)) {
      box.hidden = !needs(select.value).includes(name);
      for (const input of box.querySelectorAll("input, textarea")) input.disabled = box.hidden;
    }
  };
  select.addEventListener("change", show);
  show();
}

export class SitingTab {
  constructor(room) {
    this.room = room;
    this.marks = L.layerGroup().addTo(room.map);
    this.candidates = L.layerGroup().addTo(room.map);
    this.result = el("div", { id: "siting-result", "aria-live": "polite" });
  }

  async load() {
    const last = await latestJob("siting");
    if (last && !this.result.childElementCount) followJob(last.id, this.result, (job) => this.show(job));
    return [section(t("siting.title"), hint(t("siting.hint"), { class: "hint pad" })), this.form(), this.result];
  }

  form() {
    const { room } = this, points = pointsField(room, this.candidates);
    const model = el("select", { name: "model", id: "siting-model" }, MODELS.map((one) => el("option", { value: one }, t(`siting.model.${one}`))));
    const kind = el("select", { name: "kind", id: "siting-kind" }, KINDS.map((one) => el("option", { value: one }, t(`siting.kind.${one}`))));
    const fields = {
      stations: field(t("siting.stations"), numeric("stations", 3, 1, 500)), target: field(t("siting.target"), numeric("target", 95, 1, 100)),
      capacity: field(t("siting.capacity"), numeric("capacity", 2000, 1, 1000000)), theta: field(t("siting.theta"), numeric("theta", 0.3, 0, 1, 0.05), t("siting.theta_hint")),
      min_coverage: field(t("siting.min_coverage"), numeric("min_coverage", 50, 1, 100)),
    };
    const parcels = el("input", { type: "file", name: "parcels", accept: ".geojson,.json" }), exclude = el("input", { type: "file", name: "exclude", accept: ".geojson,.json" });
    const uses = el("input", { type: "text", name: "land_use", maxlength: 400, placeholder: "R22, A1, B1" });
    const where = {
      streets: field(t("siting.spacing"), numeric("spacing_m", 100, 50, 1000, 10)), points: el("div", {}, points.element),
      parcels: el("div", {}, field(t("siting.parcels"), parcels, t("siting.parcels_hint")), field(t("siting.land_use"), uses)),
    };
    follow(model, fields, (one) => MODEL_FIELDS[one]);
    follow(kind, where, (one) => [one]);
    const form = el("form", { class: "tool pad", id: "siting-form" },
      field(t("siting.model"), model), Object.values(fields), field(t("siting.candidates"), kind), Object.values(where),
      el("details", { class: "more" }, el("summary", {}, t("siting.exclude")), field(t("siting.exclude_file"), exclude, t("siting.exclude_hint"))),
      hint(t("siting.ignores"), { id: "siting-ignores" }), problemLine(), el("button", { type: "submit", class: "primary wide", id: "siting-run" }, t("siting.run")));
    return onSubmit(form, async (values) => {
      stopPicking(room);
      const body = await this.body(values, points, parcels, exclude);
      this.marks.clearLayers();
      this.found = null;
      const ended = runJob(this.result, () => tell("POST", "/api/v1/siting", body), (job) => this.show(job));
      this.result.scrollIntoView({ block: "nearest" });
      await ended; // the form waits, so that a second press begins no second job
    });
  }

  async body(values, points, parcels, exclude) {
    const { types, minutes, metres, profile, area, scenario } = asBody(this.room.asked());
    const wanted = Object.fromEntries(MODEL_FIELDS[values.model].map((name) => [name, Number(values[name]) / (["target", "min_coverage"].includes(name) ? 100 : 1)]));
    const without = await geojson(exclude);
    const uses = (values.land_use ?? "").split(/[,，\s]+/).filter(Boolean);
    return {
      ...JSON.parse(JSON.stringify({ types, minutes, metres, profile, area, scenario })), model: values.model, ...wanted, candidates: await this.places(values, points, parcels),
      ...(without ? { exclude: without } : {}), ...(values.kind === "parcels" && uses.length ? { land_use: uses } : {}),
    };
  }

  async places(values, points, parcels) {
    if (values.kind === "streets") return { kind: "streets", spacing_m: Number(values.spacing_m) };
    if (values.kind === "points") {
      if (!points.read().length) throw new Error(t("siting.no_points"));
      return { kind: "points", points: points.read() };
    }
    const features = await geojson(parcels);
    if (!features) throw new Error(t("siting.no_file"));
    return { kind: "parcels", features };
  }

  /** Whose answer it is: its own question in words, and whether another is asked on the left by now. */
  judge() {
    const { found, told } = this;
    if (!found) return;
    const other = !sameQuestion(found, this.room.asked(), ["at", "capacity"]);
    told.replaceChildren(el("p", { class: "hint pad", id: "siting-question" }, t("planner.job_question", { what: questionText(this.room, found) })));
    if (other) told.append(el("p", { class: "problem", id: "siting-other", role: "status" }, t("planner.job_other")));
  }

  /** The answer: value, bound and gap in words, the sites numbered on the map and in a table. */
  show(job) {
    const found = job.result;
    if (!found) return empty(t("siting.gone"));
    this.marks.clearLayers();
    this.candidates.clearLayers();
    for (const site of found.sites) {
      changeMarker([site.lon, site.lat], "site", number(site.rank), t("siting.site", { n: site.rank, gain: many(found, site.gain) }), () => this.focus(site)).addTo(this.marks);
    }
    const proof = found.proven || found.gap === 0 ? t("siting.proven") : absent(found.gap) ? "" : t("siting.gap", { gap: percent(found.gap) });
    const far = found.uncoverable, unit = label({ zh: found.unit_zh, en: found.unit_en }), worth = (value) => `${number(value)} ${unit}`.trim();
    Object.assign(this, { found, told: el("div", {}) });
    this.judge();
    return el("div", { id: "siting-answer" },
      section(t("siting.answer")), this.told, found.note ? el("p", { class: "problem", id: "siting-note", role: "status" }, label(found.note)) : null, hint(t("siting.ignores"), { class: "hint pad" }),
      facts([
        [t("siting.before"), this.covered(found, found.covered_before)], [t("siting.after"), this.covered(found, found.covered_after)],
        [t("siting.value"), worth(found.value)], [t("siting.bound"), worth(found.bound)],
        [t("siting.quality"), el("strong", { id: "siting-gap" }, proof)],
        [t("siting.uncoverable"), far ? absent(far.residents) ? t("siting.count.buildings", { n: number(far.buildings) }) : t("siting.uncoverable_n", { residents: number(far.residents), buildings: number(far.buildings) }) : null],
      ], "facts pad"),
      found.sites.length ? this.sites(found) : empty(t("siting.none")),
      found.sites.length ? this.planButton(found) : null);
  }

  covered(found, value) {
    return found.total ? `${percent(value / found.total)} · ${t(`siting.of.${found.weight ?? "residents"}`, { covered: number(value), total: number(found.total) })}` : many(found, value);
  }

  sites(found) {
    return table(t("siting.answer"), [t("siting.place"), t(`siting.gain.${found.weight ?? "residents"}`)], found.sites.map((site) =>
      row(el("button", { type: "button", "data-site": site.rank, onclick: () => this.focus(site) }, changeMark("site", number(site.rank)), site.street || t("siting.unnamed")), number(site.gain))));
  }

  focus(site) {
    this.room.drawing.ringAt(site.lon, site.lat);
    this.room.uncoverMap();
  }

  /** Sites become stations of a type the answer is about; asked which when it is about several. */
  planButton(found) {
    const type = el("select", { id: "siting-type" }, found.types.map((one) => el("option", { value: one }, this.room.typeName(one))));
    return el("div", { class: "pad" }, found.types.length > 1 ? field(t("plan.type"), type) : null,
      el("p", { class: "line" }, el("button", { type: "button", class: "primary wide", id: "siting-plan", onclick: () => this.toPlan(found, type.value) }, t("siting.to_plan"))));
  }

  toPlan(found, type) {
    const { room } = this, taken = new Set([...room.stations(), ...room.plan.draft.edits].map((one) => one.code));
    const name = room.typeName(type);
    this.marks.clearLayers();
    let n = 0;
    const free = () => {
      do n += 1; while (taken.has(`NEW-${n}`));
      return `NEW-${n}`;
    };
    room.addEdits(found.sites.map((site) => ({ kind: "add_station", code: free(), type, name: t("siting.new_name", { type: name, n: site.rank }), lon: site.lon, lat: site.lat, hours: null, capacity: null })), t("siting.plan_name", { n: found.sites.length }), found.scenario);
  }
}
