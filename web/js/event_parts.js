// What is known of an event, part by part: facts, clocks, history, photos, why it went where, rounds, what belongs to it.
import { contacts } from "./contact.js";
import { el, facts } from "./dom.js";
import { dueBadge, dueOf, endOf } from "./due.js";
import { aside, categoryOf, has, lang, listed, metres, moment, number, percent, t } from "./i18n.js";
import { eventMark } from "./marks.js";

const MOST_SIMILAR = 5;
const word = (prefix, name) => (has(`${prefix}.${name}`) ? t(`${prefix}.${name}`) : name);
const either = (zh, en) => (lang === "en" ? en || zh : zh || en);

/** How long there is; of what is suspended, until when. */
function until(event) {
  const waits = event.status === "suspended" ? event.clocks.find((one) => one.stage === "suspend" && !one.stopped_at) : null;
  return waits?.due_at ? el("span", { class: "due none" }, t("due.suspended", { time: endOf(waits.due_at) })) : dueBadge(event.due_at);
}

/** The head: what it is, its number, how it stands. */
export function head(event) {
  const state = either(event.workflow.status_zh, event.workflow.status_en) ?? t(`status.${event.status}`);
  return [
    el("h1", { tabindex: -1 }, categoryOf(event)),
    el("div", { class: "line" }, el("span", { class: "state", id: "status", "data-status": event.status }, eventMark(event.status, event.urgency), lang === "en" ? state.charAt(0).toUpperCase() + state.slice(1) : state),
      event.closed_at ? null : until(event),
      event.urgency === "normal" ? null : el("em", { class: "tag bad" }, t(`urgency.${event.urgency}`)),
      event.supervised ? el("em", { class: "tag bad" }, t(`card.${event.supervised}`)) : null,
      event.round > 1 ? el("em", { class: "tag warn" }, t("case.round", { n: event.round })) : null,
      event.standing.bounces ? el("em", { class: "tag warn" }, t("inbox.bounces", { n: event.standing.bounces })) : null,
      event.standing.reworks ? el("em", { class: "tag warn" }, t("inbox.reworks", { n: event.standing.reworks })) : null,
      event.echo ? el("em", { class: "tag" }, t("inbox.me_too", { n: event.echo })) : null,
      event.confidential ? el("em", { class: "tag bad" }, t("event.confidential")) : null,
      el("span", { class: "faint num" }, event.number)),
  ];
}

/** The condition it was filed under: its words, how long it gives, what closes it. */
function filedUnder(one) {
  if (!one) return null;
  const closing = either(one.closure, one.closure_en), shots = listed(one.evidence.map((slot) => t(`slot.${slot}`)));
  return el("span", {}, `${one.condition_no}. ${either(one.condition, one.condition_en)}`,
    el("small", {}, [unit(one.limit_kind, one.limit_value), t("case.closing", { text: closing }), shots ? t("act.evidence", { slots: shots }) : ""].filter(Boolean).join(" · ")));
}

/** What was reported, by whom, who has it. */
export function about(event) {
  const { handler, department } = event;
  const by = handler.mine ? t("case.handler.me") : handler.assigned ? t("case.handler.one") : department ? t("case.handler.none") : null;
  return [
    el("p", { class: "words", id: "event-text" }, event.text || t("event.withheld")),
    facts([
      [t("event.reported_at"), moment(event.opened_at)], [t("event.source"), listed([...new Set(event.reports.map((one) => t(`source.${one.source}`)))])],
      [t("event.address"), event.address], [t("case.workflow"), either(event.workflow.name_zh, event.workflow.name_en)],
      [t("case.level"), `${event.level.name}${aside(t(`level.${event.level.level}`))}`], [t("case.department"), department?.name], [t("case.handler"), by],
      [t("case.helping"), listed(event.standing.co_departments.map((one) => one.name)) || null],
      [t("case.filed_under"), filedUnder(event.standing.filed_under)],
      [t("event.closed_at"), event.closed_at ? moment(event.closed_at) : null],
    ]),
    contacts(event),
  ];
}

/** Where it is: the grid, how it was found, how far the border is. */
export function place(event) {
  const far = event.border_distance_m === null ? "" : aside(t("event.to_border", { d: metres(event.border_distance_m) }));
  return facts([
    [t("event.grid"), event.grid_name ?? t("event.no_grid")], [t("event.method"), `${t(`method.${event.method}`)}${far}`],
    [t("event.confirm"), event.confirm && !event.confirmation ? t("event.confirm_needed") : null],
  ]);
}

const unit = (kind, value) => t(`unit.${kind}`, { n: number(Math.round(value * 10) / 10) });

function clock(one) {
  const limit = one.value * (1 + one.extended), share = Math.min(1, one.used / limit);
  const running = !one.stopped_at && !one.paused_at;
  const kind = one.multiple > 0 ? "over" : share >= 0.8 ? "soon" : "";
  const bar = el("i", { class: kind });
  bar.style.width = `${Math.round(share * 100)}%`;
  const state = one.stopped_at ? el("em", { class: `tag ${one.multiple > 0 ? "bad" : "ok"}` }, t(one.multiple > 0 ? "clock.late" : "clock.in_time"))
    : one.paused_at ? el("em", { class: "tag" }, t("clock.paused")) : dueBadge(one.due_at);
  return el("div", { class: "clock", "data-stage": one.stage }, el("div", { class: "top" }, el("strong", {}, word("stage", one.stage), one.turn > 1 ? aside(t("clock.turn", { n: one.turn })) : ""), state),
    el("div", { class: "gauge", "aria-hidden": "true" }, bar),
    el("small", {}, t("clock.used", { used: unit(one.kind, one.used), limit: unit(one.kind, limit), share: percent(one.used / limit) })),
    running ? el("small", {}, t("clock.due", { time: endOf(one.due_at) })) : null,
    one.extended ? el("small", {}, t("clock.extended", { n: one.extended })) : null,
    one.paused_at ? el("small", {}, t("clock.paused_at", { time: moment(one.paused_at), why: one.pause_reason ?? "" }), one.paused_until ? ` ${t("clock.until", { time: endOf(one.paused_until) })}` : "") : null,
    one.multiple > 0 ? el("small", {}, t("clock.multiple", { n: number(Math.round(one.multiple * 100) / 100) })) : null,
    one.provisional ? el("small", {}, t("clock.provisional")) : null);
}

/** The clocks that run, and those that are done folded away. */
export function clocks(event) {
  const [open, done] = [event.clocks.filter((one) => !one.stopped_at), event.clocks.filter((one) => one.stopped_at)];
  return [
    event.promised_at ? el("p", { class: "hint" }, t("case.promised", { time: moment(event.promised_at) }), event.closed_at ? "" : aside(dueOf(event.promised_at).text)) : null,
    open.length ? open.map(clock) : el("p", { class: "empty" }, t("clock.none")),
    done.length ? el("details", { class: "past" }, el("summary", {}, t("clock.past", { n: number(done.length) })), done.map(clock)) : null,
  ];
}

const names = new Map(); // departments by code

/** What departments are called, for rows of the log that name codes. */
export function callDepartments(all) {
  for (const { code, name } of all) names.set(code, name);
}

const SAID = new Set(["department", "departments", "handler", "card", "until", "area", "score", "outcome"]);

function member([name, value]) {
  const plain = listed([value].flat().map((one) => names.get(one) ?? String(one)));
  const text = name === "card" ? t(`card.${plain}`) : name === "outcome" ? word("act.value", plain) : plain;
  return said(`act.${name}`, text);
}

const said = (name, text) => `${t(name)}${lang === "en" ? ": " : "："}${text}`;

function logRow(row, photos) {
  const data = Object.entries(row.data ?? {}).filter(([name, value]) => SAID.has(name) && value !== null);
  const moved = row.from && row.from !== row.to ? ` → ${t(`status.${row.to}`)}` : "";
  return el("li", { "data-action": row.action }, el("strong", {}, word("command", row.action)), moved, " ", el("span", { class: "who" }, who(row.actor), row.post ? aside(t("case.post", { place: row.post.place, role: either(row.post.role_zh, row.post.role_en) })) : ""),
    el("small", {}, moment(row.at), row.distance_m ? ` · ${t("case.distance", { d: metres(row.distance_m) })}` : ""),
    data.length ? el("p", {}, data.map(member).join(lang === "en" ? "; " : "；")) : null,
    row.data?.reply ? el("p", {}, said("act.reply", row.data.reply)) : null,
    row.filed_under ? el("p", {}, filedUnder(row.filed_under)) : null,
    row.no_standard ? el("p", { class: "hint" }, t("act.no_standard")) : null,
    row.reason ? el("p", {}, said("act.reason", row.reason)) : null, row.note && row.note !== row.reason ? el("p", {}, row.note) : null,
    photos.length ? shots(photos) : null);
}

const who = (actor) => (actor.startsWith("source:") ? word("source", actor.slice(7)) : has(`actor.${actor}`) ? t(`actor.${actor}`) : actor);

/** Rows of the log, the latest first, a new round named. */
export function history(rows) {
  const latest = [...rows].reverse();
  return el("ol", { class: "trail" }, latest.map((row, at) => [
    at > 0 && latest[at - 1].round !== row.round ? el("li", { class: "round" }, t("case.round", { n: row.round })) : null, logRow(row, row.photos ?? [])]));
}

function shots(photos) {
  return el("div", { class: "shots" }, photos.map(({ slot, sha256 }) => el("a", { href: `/api/v1/attachments/${sha256}`, target: "_blank", rel: "noopener" },
    el("img", { src: `/api/v1/attachments/${sha256}`, alt: t("case.photo", { slot: t(`slot.${slot}`) }), loading: "lazy" }))));
}

/** Photos by slot: of the reports, before, after, of the inspection. */
export function photos(event) {
  const found = { report: event.reports.flatMap((one) => one.photos.map((sha256) => ({ slot: "report", sha256 }))) };
  for (const row of event.log) for (const one of row.photos ?? []) (found[one.slot] ??= []).push(one);
  const slots = Object.entries(found).filter(([, all]) => all.length);
  return slots.length ? slots.map(([slot, all]) => [el("h3", {}, t(`slot.${slot}`)), shots(all)]) : el("p", { class: "empty" }, t("case.no_photos"));
}

function lost(one) {
  const rule = either(one.rule_zh, one.rule_en) ?? `${one.rule}${one.target?.name ? ` → ${one.target.name}` : ""}`;
  return el("li", {}, rule, el("small", {}, word("lost", one.why.replace(":", "."))));
}

/** Why it went where: the rule in words, the candidates that lost, who decided otherwise. */
export function dispatch(told) {
  return told.decisions.map((one) => el("div", {}, facts([
    [t("why.outcome"), word("why", one.outcome)], [t("why.target"), one.target?.name], [t("why.rule"), either(one.rule_zh, one.rule_en) ?? one.rule],
    [t("why.set"), one.rule_set ? `${either(one.rule_set.name_zh, one.rule_set.name_en)} ${one.rule_set.version}` : null], [t("why.basis"), one.basis || null],
    [t("why.instead"), one.instead_of?.name], [t("act.reason"), one.reason], [t("why.at"), moment(one.at)], [t("why.alarm"), one.alarm ? one.detail ?? t("why.alarmed") : null],
  ]), one.lost.length ? el("details", {}, el("summary", {}, t("why.lost", { n: one.lost.length })), el("ul", { class: "pairs" }, one.lost.map(lost))) : null));
}

function stars(rating, appeal) {
  return [
    rating ? el("p", {}, t("round.rated", { score: t(`score.${rating.score}`), solved: rating.solved ? aside(t(`act.value.${rating.solved}`)) : "" }), rating.text ? el("small", {}, rating.text) : null) : null,
    appeal ? el("p", {}, t("round.appeal", { reason: appeal.reason ?? "" }), el("small", {}, appeal.decided_at ? t(appeal.granted ? "round.granted" : "round.denied") : t("round.waits"))) : null,
  ];
}

/** The rounds that ended: how, how late, what the reporter said. */
export function rounds(event) {
  return el("ul", { class: "pairs" }, event.rounds.map((one) => el("li", {}, el("strong", {}, t("case.round", { n: one.round })), " ", t(`status.${one.ended_as}`),
    el("small", {}, moment(one.ended_at), " · ", t(one.overdue_s > 0 ? "clock.late" : "clock.in_time")),
    one.objection ? el("p", {}, t("round.objection", { text: one.objection })) : null, stars(one.rating, one.appeal))));
}

/** Merged ones, the one it is merged into, what is similar nearby, whistles blown on it. */
export function related(event, similar) {
  const link = (one) => el("a", { href: `/events/${one.id}` }, one.number);
  const others = similar.filter((one) => one.id !== event.id && !event.merged.some((two) => two.id === one.id)).slice(0, MOST_SIMILAR);
  const parts = [
    event.merged_into ? [el("h3", {}, t("case.merged_into")), el("p", {}, link(event.merged_into))] : null,
    event.merged.length ? [el("h3", {}, t("case.merged")), el("ul", { class: "pairs" }, event.merged.map((one) => el("li", {}, link(one))))] : null,
    event.whistles.length ? [el("h3", {}, t("case.whistles")), el("ul", { class: "pairs" }, event.whistles.map((one) => el("li", {}, el("a", { href: `/whistles/${one.id}` }, word("whistle.status", one.status)), el("small", {}, moment(one.blown_at)))))] : null,
    others.length ? [el("h3", {}, t("case.similar")), el("ul", { class: "pairs" }, others.map((one) => el("li", {}, link(one),
      el("small", {}, [one.text, metres(one.distance_m), t(`status.${one.status}`)].filter(Boolean).join(" · ")))))] : null,
  ].filter(Boolean);
  return parts.length ? parts : null;
}
