// Notices: what concerned the reader, the latest first; opened, they count as read.
import { ask, query, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { categoryOf, has, moment, number, t } from "./i18n.js";
import { bell } from "./nav.js";
import { problem } from "./paged_list.js";

const LIMIT = 20;

function what({ topic, data }) {
  const [room, word] = topic.split(".");
  const key = room === "event" ? `command.${word}` : room === "whistle" ? `action.${topic}` : `topic.${topic}`;
  if (room === "clock" && has(`topic.${topic}`)) return t(`topic.${topic}`, { stage: t(`stage.${data.stage}`), percent: number(data.percent) });
  return has(key) ? t(key) : has(`topic.${room}`) ? t(`topic.${room}`) : topic;
}

function line(notice) {
  const { event } = notice;
  const about = event ? el("a", { href: `/events/${event.id}` }, `${categoryOf(event)} ${event.number}`) : notice.data.whistle ? null : el("span", { class: "faint" }, t("notice.gone"));
  const whistle = notice.data.whistle ? el("a", { href: `/whistles/${notice.data.whistle}` }, t("notice.whistle")) : null;
  return el("li", { class: notice.read_at ? "" : "new" }, el("strong", {}, what(notice)), about, whistle, el("small", {}, moment(notice.at)));
}

async function show(cursor = "") {
  const page = await ask(`/api/v1/notices${query({ limit: LIMIT, cursor })}`), body = byId("notice-body");
  if (!cursor) body.replaceChildren(el("ul", { class: "notes" }));
  body.querySelector("ul").append(...page.items.map(line));
  body.querySelector("button")?.remove();
  if (!page.items.length && !cursor) body.replaceChildren(el("p", { class: "empty" }, t("notice.none")));
  if (page.next) body.append(el("button", { type: "button", class: "wide", onclick: () => show(page.next) }, t("map.more")));
  return page;
}

const count = (unread) => {
  byId("notices-title").textContent = unread ? t("notice.unread", { n: number(unread) }) : t("notice.heading");
  bell(unread);
};

/** The number first; the list when it is opened, which then counts as read. */
export async function notices() {
  const box = byId("notices");
  const read = async () => {
    if (!box.open) return;
    const page = await show();
    count(page.unread ? (await tell("POST", "/api/v1/notices/read", { up_to: page.items[0].id })).unread : 0);
  };
  const wanted = () => {
    if (location.hash !== "#notices") return;
    box.open = true;
    byId("notices-title").focus();
  };
  box.addEventListener("toggle", () => read().catch(problem));
  window.addEventListener("hashchange", wanted);
  wanted();
  if (box.open) return read(); // opened before the page was done
  const { unread } = await ask(`/api/v1/notices${query({ unread: true, limit: 1 })}`);
  if (!box.open) count(unread);
}
