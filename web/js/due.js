// How long until something is due, in words and in colour: never by colour alone.
import { el } from "./dom.js";
import { moment, t } from "./i18n.js";

const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR, SOON = DAY;

/** A span of time in its two largest units. */
export function span(ms) {
  const all = Math.max(0, Math.round(ms / MINUTE));
  const days = Math.floor(all / 1440), hours = Math.floor((all % 1440) / 60), minutes = all % 60;
  const parts = [];
  if (days) parts.push(t("span.days", { n: days }));
  if (hours) parts.push(t("span.hours", { n: hours }));
  if (!days && (minutes || !parts.length)) parts.push(t("span.minutes", { n: minutes }));
  return parts.join(t("span.joint"));
}

/** What to say of a deadline: {kind: over | soon | fine | none, text}. */
export function dueOf(iso, now = Date.now()) {
  if (!iso) return { kind: "none", text: t("due.none") };
  const left = new Date(iso).getTime() - now;
  if (left < 0) return { kind: "over", text: t("due.over", { span: span(-left) }) };
  return { kind: left < SOON ? "soon" : "fine", text: t("due.left", { span: span(left) }) };
}

/** A badge that keeps itself up to date, once a minute. */
export function dueBadge(iso) {
  const badge = el("span", { title: iso ? moment(iso) : null });
  const write = () => {
    const { kind, text } = dueOf(iso);
    badge.className = `due ${kind}`;
    badge.textContent = text;
  };
  write();
  if (iso) {
    const timer = setInterval(() => (badge.isConnected ? write() : clearInterval(timer)), MINUTE);
  }
  return badge;
}

/** A moment; the end of a day as its own 24:00, so that a last day is the same day wherever it is told. */
export function endOf(iso) {
  const said = moment(iso);
  return said.endsWith(" 00:00") ? `${moment(new Date(new Date(iso).getTime() - MINUTE)).slice(0, 10)} 24:00` : said;
}

/** The nearer of two deadlines of an event that is open; none for one that is finished. */
export const nextDue = (event) => (event.closed_at ? null : [event.due_at, event.promised_at].filter(Boolean).sort()[0] ?? null);
