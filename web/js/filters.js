// The filter panel of /map: every choice with its count, counted under all the other choices.
import { ask, query } from "./api.js";
import { byId, el } from "./dom.js";
import { aside, number, t, title } from "./i18n.js";
import { STATUSES, FINISHED } from "./symbols.js";

export const DEFAULTS = { status: "open", category: "", source: [], days: "", from: "", to: "", area: "", stations: "1" };

const DAY_MS = 86400000;

/** The API's filters for a state. */
export function apiFilters(state) {
  const from = state.from || (state.days ? new Date(Date.now() - Number(state.days) * DAY_MS).toISOString().slice(0, 10) : "");
  return { status: state.status, category: state.category, source: state.source, area: state.area, from, to: state.to };
}

/** Counts of the panel: each group is counted with the other groups' choices but not its own. */
export async function countFacets(state) {
  const filters = apiFilters(state);
  const kinds = ["status", "category", "source"];
  const asked = new Map();
  const summary = (values) => {
    const path = `/api/v1/events/summary${query(values)}`;
    if (!asked.has(path)) asked.set(path, ask(path));
    return asked.get(path);
  };
  const [all, ...facets] = await Promise.all([summary(filters), ...kinds.map((kind) => summary({ ...filters, [kind]: "" }))]);
  return { total: all.total, asOf: all.as_of, status: facets[0], category: facets[1], source: facets[2] };
}

function chip(name, value, text, checked, onchange) {
  return el("label", {}, el("input", { type: "radio", name, value, checked, onchange }), el("span", {}, text), el("small", { "data-count": `${name}:${value}` }, "–"));
}

function statusGroup(state, change) {
  const pick = (event) => change({ status: event.target.value });
  const one = el("select", { id: "status-one", onchange: pick },
    el("option", { value: "" }, t("filter.status_one")),
    STATUSES.map((status) => el("option", { value: status, selected: state.status === status }, t(`status.${status}`))));
  return [
    el("h3", {}, t("filter.status")),
    el("div", { class: "chips", role: "radiogroup", "aria-label": t("filter.status") },
      ["open", "finished", ""].map((value) => chip("status", value, t(`filter.status.${value || "all"}`), state.status === value, pick))),
    el("label", { class: "field" }, el("span", { class: "visually-hidden" }, t("filter.status_one")), one),
  ];
}

function timeGroup(state, change) {
  const preset = el("select", { id: "days", onchange: (event) => change({ days: event.target.value, from: "", to: "" }) },
    ["", "7", "30", "90", "365"].map((days) => el("option", { value: days, selected: state.days === days }, t(`filter.days.${days || "all"}`))));
  const date = (name) => el("label", { class: "field" }, el("span", {}, t(`filter.${name}`)),
    el("input", { type: "date", id: name, value: state[name], onchange: (event) => change({ [name]: event.target.value, days: "" }) }));
  return [el("label", { class: "field" }, el("h3", {}, t("filter.time")), preset), el("div", { class: "two" }, date("from"), date("to"))];
}

function sourceGroup(state, change, sources) {
  const rows = sources.map((source) => el("label", { class: "check" },
    el("input", {
      type: "checkbox", value: source, checked: state.source.includes(source), onchange: () => {
        const chosen = [...byId("sources").querySelectorAll("input:checked")].map((box) => box.value);
        change({ source: chosen });
      },
    }), el("span", {}, t(`source.${source}`)), el("small", { "data-count": `source:${source}` }, "–")));
  return [el("details", { open: state.source.length > 0 }, el("summary", {}, t("filter.source")), el("div", { class: "rows", id: "sources" }, rows))];
}

/** Areas below `parent` as options: those that somebody who holds `held` (codes; none for all) can see something of. */
export async function areaOptions(parent, held = []) {
  const areas = await ask(`/api/v1/areas${query({ parent })}`);
  return held.length ? areas.filter(({ code }) => held.some((one) => one.startsWith(code) || code.startsWith(one))) : areas;
}

async function areaGroup(state, change, root, held) {
  const streets = el("select", { id: "subdistrict" }), communities = el("select", { id: "community", disabled: true });
  const fill = (select, key, options) => select.replaceChildren(el("option", { value: "" }, t(key)), ...options.map((area) => el("option", { value: area.code }, area.name)));
  fill(streets, "filter.subdistrict_all", root ? await areaOptions(root, held) : []);
  fill(communities, "filter.community_all", []);
  const below = async (code) => {
    fill(communities, "filter.community_all", code ? await areaOptions(code, held) : []);
    communities.disabled = !code;
  };
  streets.addEventListener("change", async () => {
    change({ area: streets.value });
    await below(streets.value);
  });
  communities.addEventListener("change", () => change({ area: communities.value || streets.value }));
  if (state.area) {
    const street = [...streets.options].find((option) => option.value && state.area.startsWith(option.value));
    if (street) {
      streets.value = street.value;
      await below(street.value);
      communities.value = state.area;
      if (communities.selectedIndex < 0) communities.value = "";
    }
  }
  return [
    el("h3", {}, t("filter.area")),
    el("label", { class: "field" }, el("span", { class: "visually-hidden" }, t("filter.subdistrict")), streets),
    el("label", { class: "field" }, el("span", { class: "visually-hidden" }, t("filter.community")), communities),
  ];
}

function categoryGroup(state, change, families) {
  const select = el("select", { id: "category", onchange: (event) => change({ category: event.target.value }) },
    el("option", { value: "" }, t("filter.category_all")),
    families.map((family) => el("option", { value: family.key, selected: state.category === family.key }, title(family))));
  return [el("label", { class: "field" }, el("h3", {}, t("filter.category")), select)];
}

/** Build the panel once; `change(part)` is called with what the person chose. */
export async function buildFilters(form, state, change, { root, held, families, sources }) {
  form.replaceChildren(
    ...statusGroup(state, change), ...await areaGroup(state, change, root, held), ...categoryGroup(state, change, families),
    ...timeGroup(state, change), ...sourceGroup(state, change, sources),
    el("h3", {}, t("filter.show")),
    el("label", { class: "check" }, el("input", { type: "checkbox", id: "stations", checked: state.stations === "1", onchange: (event) => change({ stations: event.target.checked ? "1" : "" }) }), el("span", {}, t("filter.stations"))),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
}

const sum = (counts, names) => names.reduce((total, name) => total + (counts[name] ?? 0), 0);

/** Write the counts beside the choices. */
export function showCounts(form, facets, families) {
  const byStatus = facets.status.by_status;
  const finished = sum(byStatus, FINISHED), all = sum(byStatus, STATUSES);
  const counts = { "status:open": all - finished, "status:finished": finished, "status:": all };
  for (const [source, count] of Object.entries(facets.source.by_source)) counts[`source:${source}`] = count;
  for (const box of form.querySelectorAll("[data-count]")) box.textContent = number(counts[box.dataset.count] ?? 0);
  for (const option of form.querySelectorAll("#status-one option")) {
    if (option.value) option.textContent = `${t(`status.${option.value}`)}${aside(number(byStatus[option.value] ?? 0))}`;
  }
  const byCategory = Object.fromEntries(facets.category.by_category.map((one) => [one.category, one.count]));
  for (const family of families) {
    const option = [...form.querySelectorAll("#category option")].find((one) => one.value === family.key);
    if (option) option.textContent = `${title(family)}${aside(number(byCategory[family.key] ?? 0))}`;
  }

}
