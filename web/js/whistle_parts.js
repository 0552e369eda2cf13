// What is known of a whistle, part by part: where it stands, what each department did and when, its history.
import { el, facts } from "./dom.js";
import { dueBadge } from "./due.js";
import { aside, has, lang, listed, metres, moment, number, t } from "./i18n.js";

export const word = (prefix, name) => (has(`${prefix}.${name}`) ? t(`${prefix}.${name}`) : name);
const colon = lang === "en" ? ": " : "：";
const KIND = { closed: "ok", rated: "ok", denied: "bad", withdrawn: "", void: "", released: "", unrated: "warn" };
const DUE = { called: "accept_due", accepted: "arrive_due", arrived: "result_due", planned: "result_due", resolved: "rate_due" };

/** A tag of a status of a whistle (`whistle.status`) or of a department's answer (`whistle.answer`). */
export const stateTag = (prefix, status) => el("em", { class: `tag ${KIND[status] ?? "warn"}`.trim(), "data-status": status }, word(prefix, status));

/** The head: what it is about, how it stands. */
export function head(whistle) {
  return [
    el("h1", { tabindex: -1 }, t("whistle.of", { area: whistle.area.name })),
    el("div", { class: "line" }, el("span", { id: "status", "data-status": whistle.status }, stateTag("whistle.status", whistle.status)),
      whistle.status === "blown" ? dueBadge(whistle.approve_due) : null,
      whistle.urgency === "normal" ? null : el("em", { class: "tag bad" }, t(`urgency.${whistle.urgency}`)),
      whistle.mine ? el("em", { class: "tag" }, t("whistle.mine")) : null),
  ];
}

/** Why it was blown, by whom, who decides. */
export function about(whistle) {
  return [
    el("p", { class: "words", id: "reason" }, whistle.reason),
    facts([
      [t("whistle.event"), whistle.event ? el("a", { href: `/events/${whistle.event.id}` }, whistle.event.number) : null],
      [t("whistle.source"), t(`whistle.source.${whistle.source}`)], [t("event.address"), whistle.address],
      [t("whistle.blown_at"), moment(whistle.blown_at)], [t("whistle.approver"), whistle.approver_area.name],
      [t("whistle.decided_at"), whistle.decided_at ? moment(whistle.decided_at) : null], [t("whistle.decision"), whistle.decision],
      [t("event.closed_at"), whistle.closed_at ? moment(whistle.closed_at) : null],
    ]),
  ];
}

/** When something was done, and whether in time. */
function done(at, due) {
  if (!at) return null;
  return el("span", {}, moment(at), " ", el("em", { class: `tag ${at <= due ? "ok" : "bad"}` }, t(at <= due ? "clock.in_time" : "clock.late")));
}

function arrival(unit) {
  const how = unit.witnessed ? t("whistle.witnessed") : unit.arrival_distance_m === null ? ""
    : t("whistle.arrival", { d: metres(unit.arrival_distance_m), a: metres(unit.arrival_accuracy_m) });
  return unit.arrived_at ? el("span", {}, done(unit.arrived_at, unit.arrive_due), how ? el("small", {}, how) : null) : null;
}

const marks = (rating) => listed(["timeliness", "effort", "result"].map((name) => `${t(`whistle.${name}`)} ${t("whistle.mark", { n: rating[name] })}`));

function photos(whistle, unit) {
  if (!unit.photos.length) return null;
  const address = (sha256) => `/api/v1/whistles/${whistle.id}/photos/${sha256}`;
  return el("div", { class: "shots" }, unit.photos.map((sha256, at) => el("a", { href: address(sha256), target: "_blank", rel: "noopener" },
    el("img", { src: address(sha256), alt: t("whistle.photo", { n: at + 1 }), loading: "lazy" }))));
}

/** What a department did, and what it was told. */
export function answer(whistle, unit) {
  const { rating, appeal } = unit;
  return [
    el("div", { class: "line" }, el("h3", {}, unit.name), stateTag("whistle.answer", unit.status), appeal ? el("em", { class: "tag warn" }, t(`whistle.appeal.${appeal.status}`)) : null,
      DUE[unit.status] ? dueBadge(unit[DUE[unit.status]]) : null),
    facts([
      [t("whistle.accepted"), done(unit.accepted_at, unit.accept_due)], [t("whistle.arrived"), arrival(unit)],
      [t("whistle.plan"), unit.plan ? `${unit.plan}${unit.promised_at ? aside(t("whistle.promised", { time: moment(unit.promised_at) })) : ""}` : null],
      [t("whistle.resolved"), done(unit.resolved_at, unit.result_due)],
      [t("whistle.outcome"), unit.outcome ? [el("strong", {}, t(`whistle.outcome.${unit.outcome}`)), unit.report ? `${colon}${unit.report}` : ""] : null],
      [t("whistle.returns"), unit.returns ? number(unit.returns) : null],
      [t("whistle.rating"), rating ? [marks(rating), aside(t(`whistle.solved.${rating.solved}`)), rating.text ? el("small", {}, rating.text) : null] : null],
      [t("whistle.appealed"), appeal ? [appeal.reason, el("small", {}, moment(appeal.asked_at))] : null],
      [t("whistle.appeal_decision"), appeal?.decided_at ? [appeal.decision, el("small", {}, moment(appeal.decided_at))] : null],
    ]),
    photos(whistle, unit),
    unit.photos_missing.length ? el("p", { class: "hint" }, t("whistle.photos_missing", { n: unit.photos_missing.length })) : null,
  ];
}

const BY_APPROVER = new Set(["approve", "deny", "grant_appeal", "deny_appeal", "release"]), BY_BLOWER = new Set(["blow", "withdraw", "witness", "return", "rate"]), BY_SYSTEM = new Set(["complete", "lapse"]);

/** Whose step it was, by post and never by account: the department's own stands before it. */
function who(whistle, row) {
  if (BY_SYSTEM.has(row.command) || row.actor === "system") return t("actor.system");
  return BY_APPROVER.has(row.command) ? whistle.approver_area.name : BY_BLOWER.has(row.command) ? whistle.area.name : "";
}

function told(said) {
  const plain = [said.reason && `${t("act.reason")}${colon}${said.reason}`, said.text, said.outcome && t(`whistle.outcome.${said.outcome}`),
    said.timeliness && marks(said), said.distance_m !== undefined && t("case.distance", { d: metres(said.distance_m) })];
  return plain.filter(Boolean).map((text) => el("p", {}, text));
}

/** The history, the latest first. Of what one step does to every department, the step alone is shown. */
export function history(whistle) {
  const names = new Map(whistle.departments.map((one) => [one.code, one.name]));
  const own = whistle.log.filter((row) => !(row.department && row.from === "named"));
  return el("ol", { class: "trail" }, [...own].reverse().map((row) => el("li", { "data-command": row.command }, el("strong", {}, word("action.whistle", row.command)),
    row.department ? ` ${names.get(row.department) ?? row.department}` : "", " ", el("span", { class: "who" }, who(whistle, row)), el("small", {}, moment(row.at)), told(row.said ?? {}))));
}
