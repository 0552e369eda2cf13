// Notices: what concerned the reader, the latest first; opened, they count as read.
import { ask, query, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { categoryOf, has, moment, number, t } from "./i18n.js";

const LIMIT = 20;

function what({ topic, data }) {
  const [room, word] = topic.split(".");
  const key = room === "event" ? `command.${word}` : `topic.${topic}`;
  if (room === "clock" && has(`topic.${topic}`)) return t(`topic.${topic}`, { stage: t(`stage.${data.stage}`), percent: number(data.percent) });
  return has(key) ? t(key) : has(`topic.${room}`) ? t(`topic.${room}`) : topic;
}

function line(notice) {
  const { event } = notice;
  const about = event ? el("a", { href: `/events/${event.id}` }, `${categoryOf(event)} ${event.number}`) : el("span", { class: "faint" }, t(notice.topic.startsWith("whistle") ? "notice.whistle" : "notice.gone"));
  return el("li", { class: notice.read_at ? "" : "new" }, el("strong", {}, what(notice)), about, el("small", {}, moment(notice.at)));
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
};

/** The number first; the list when it is opened, which then counts as read. */
export async function notices() {
  const box = byId("notices");
  count((await ask(`/api/v1/notices${query({ unread: true, limit: 1 })}`)).unread);
  box.addEventListener("toggle", async () => {
    if (!box.open) return;
    const page = await show();
    if (page.unread) count((await tell("POST", "/api/v1/notices/read", { up_to: page.items[0].id })).unread);
  });
}
