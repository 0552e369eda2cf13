// What each community lacks by a standard, the worst first; and what new housing would need.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { aside, label, number, percent, t } from "./i18n.js";
import { absent, count, empty, fillWith, hint, row, section, table } from "./planner_parts.js";
import { stationLabel } from "./symbols.js";

const STANDARDS = "gb50180";
const area = (value) => (absent(value) ? "—" : t("app.square_metres", { n: number(Math.round(value)) }));
const unsure = (one) => (one.confidence === "recalled" ? el("small", { class: "unsure" }, t("deficits.unverified")) : null);
/** Where nobody was ever counted: neither 0 nor withheld. */
const unknown = () => el("span", { class: "withheld" }, t("deficits.unknown"));
const named = (one) => label(one) || stationLabel(one.type ?? one.id ?? "");

/** Who lives near enough, and that this is why one is missing where there are as many as their number asks for. */
function near(one, standards) {
  if (one.suppressed || absent(one.residents?.rate)) return null;
  const said = t("deficits.near", { share: percent(one.residents.rate) });
  const far = one.missing_by_reach > 0 && one.residents.rate < standards.covered_share;
  return el("small", { class: "near" }, far ? `${said}${aside(t("deficits.too_few_near", { share: percent(standards.covered_share), n: number(one.missing_by_reach) }))}` : said);
}

/** Facilities against the standard; "—" where it asks for no number or area. */
function facilities(caption, rows, standards) {
  const told = (one, value) => (one.suppressed ? count(null, true) : one.unknown ? unknown() : number(value));
  return table(caption, [t("deficits.facility"), t("deficits.required"), t("deficits.present"), t("deficits.missing"), t("deficits.area_missing")], rows.map((one) =>
    row([named(one), unsure(one), near(one, standards)],
      told(one, one.required), one.suppressed ? told(one) : number(one.present), told(one, one.missing), one.unknown ? unknown() : area(one.area_missing_m2))));
}

function rowsOf(answer, code) {
  const rows = answer.rows.filter((one) => one.community === code && (one.suppressed || one.unknown || one.missing > 0 || one.area_missing_m2 > 0));
  return rows.length ? facilities(t("deficits.rows"), rows, answer.standards) : empty(t("deficits.complete"));
}

/** Ranked communities; a pressed one tells its facilities below and is shown on the map. */
function ranked(answer, room, below) {
  if (answer.suppressed && !answer.ranked.length) return empty(t("planner.outside"));
  const list = answer.ranked.filter((one) => absent(one.missing) || one.missing || one.area_missing_m2);
  if (!list.length) return empty(t("deficits.none"));
  return table(t("deficits.title"), [t("planner.community"), t("deficits.missing"), t("deficits.area_missing")], list.map((one) =>
    row(el("button", { type: "button", "data-community": one.community, onclick: () => {
      below.replaceChildren(...section(one.name).flat(), rowsOf(answer, one.community));
      below.scrollIntoView({ block: "nearest" });
      room.showArea(one.community, false);
    } }, one.name), absent(one.missing) ? unknown() : number(one.missing), absent(one.missing) ? unknown() : area(one.area_missing_m2))));
}

function housing(room) {
  const households = el("input", { type: "number", name: "households", min: 1, max: 1000000, step: 1, value: 1200, required: true });
  const answer = el("div", { id: "housing" });
  const form = el("form", { class: "pad", onsubmit: (event) => {
    event.preventDefault();
    fillWith(answer, async () => rooms(await ask(`/api/v1/coverage/housing${query({ households: households.value, standards: STANDARDS })}`)));
  } }, el("div", { class: "line" }, el("label", { class: "field grow" }, el("span", {}, t("housing.households")), households), el("button", { type: "submit", class: "primary" }, t("housing.check"))));
  return section(t("housing.title"), hint(t("housing.hint"), { class: "hint pad" }), form, answer);
}

function rooms(answer) {
  const span = (one) => (absent(one.area_min_m2) ? "—" : one.area_max_m2 > one.area_min_m2 ? t("housing.span", { from: number(Math.round(one.area_min_m2)), to: number(Math.round(one.area_max_m2)) }) : area(one.area_min_m2));
  const often = (one) => (absent(one.required) ? "—" : one.required === 0 && one.share ? t("housing.shared", { share: percent(one.share) }) : number(one.required));
  return table(t("housing.title"), [t("deficits.facility"), t("deficits.required"), t("housing.area")], answer.needs.map((one) => row([named(one), unsure(one)], often(one), span(one))));
}

/** The tab. */
export async function deficits(room) {
  const answer = await ask(`/api/v1/coverage/deficits${query({ area: room.state.area, standards: STANDARDS })}`);
  const below = el("div", { id: "deficit-rows", "aria-live": "polite" }), { version, verified } = answer.standards;
  return [
    answer.totals.length ? el("details", { class: "fold", id: "deficit-totals" }, el("summary", {}, t("deficits.totals")), facilities(t("deficits.totals"), answer.totals, answer.standards)) : null,
    section(t("deficits.title"), hint(t("deficits.by", { name: label(answer.standards), version }), { class: "hint pad" }),
      (answer.notes ?? []).map((one) => el("p", { class: "problem", role: "status", "data-note": one.code }, `${number(one.count)} ${label(one)}`)), ranked(answer, room, below)),
    below, verified === true ? null : hint(t("deficits.sure"), { class: "hint pad" }),
    housing(room),
  ];
}
