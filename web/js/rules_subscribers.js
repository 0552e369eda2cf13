// The tab of subscribers: systems and mailboxes outside that are told what happens; what became of what was sent.
import { ask, query, tell } from "./api.js";
import { areaPicker } from "./area_picker.js";
import { byId, el } from "./dom.js";
import { actionButton, choice, field, onSubmit, openDialog, problemLine, secretBox, sure, textbox } from "./fields.js";
import { has, listed, moment, number, t } from "./i18n.js";
import { problem } from "./paged_list.js";
import { cell, many, table, tag } from "./rules_parts.js";

const ROOMS = ["*", "event", "clock", "whistle", "inspection"];
const EVENTS = ["reported", "accept", "file", "dispatch", "sign", "return", "feedback", "close", "force_close", "reject", "cancel", "object", "supervise", "escalate"];
let items = [], known = null;

function topicName(topic) {
  const [room, step] = topic.split(".");
  if (!step) return t(`subscriber.topic.${room}`);
  const name = has(`rules.step.${step}`) ? t(`rules.step.${step}`) : step === "reported" ? t("status.reported") : has(`subscriber.topic.${topic}`) ? t(`subscriber.topic.${topic}`) : step;
  return `${t(`subscriber.topic.${room}`)}：${name}`;
}
const errorName = (word) => (word ? (has(`subscriber.error.${word}`) ? t(`subscriber.error.${word}`) : word) : "—");

/* ---- deliveries ---- */

const stateOf = (one) => (one.done_at ? tag(t("subscriber.sent"), "ok") : one.dead_at ? tag(t("subscriber.dead"), "bad") : tag(t(one.attempts ? "subscriber.again" : "subscriber.waiting"), one.attempts ? "warn" : ""));
const whenOf = (one) => (one.done_at ?? one.dead_at ? moment(one.done_at ?? one.dead_at) : t("subscriber.next", { time: moment(one.next_at) }));

async function openDeliveries(one) {
  const box = el("div", { "aria-live": "polite" }, el("p", { class: "empty" }, t("app.loading")));
  openDialog(t("subscriber.deliveries_of", { name: one.name }), [box]);
  const again = (delivery, text, attributes = {}) => actionButton(text, async () => {
    await tell("POST", `/api/v1/subscribers/${one.id}/resend`, delivery ? { delivery } : {});
    await Promise.all([fill(), load()]);
    box.querySelector("h3").focus();
  }, () => box, attributes);
  async function fill() {
    const found = (await ask(`/api/v1/subscribers/${one.id}/deliveries${query({ limit: 50 })}`)).items;
    const open = found.filter((row) => !row.done_at && row.attempts);
    box.replaceChildren(el("h3", { tabindex: -1 }, t("subscriber.latest", { n: number(found.length) })), problemLine(), ...(found.length ? [
      open.length > 1 && !one.ended_at ? el("div", { class: "row" }, again(null, t("subscriber.resend_all", { n: number(open.length) }), { id: "resend-all" })) : null,
      el("ul", { class: "items" }, found.map((row) => el("li", { "data-delivery": row.id }, el("div", {}, el("strong", {}, topicName(row.topic)), " ", stateOf(row),
        el("small", {}, t("subscriber.message", { n: row.message, time: moment(row.at) }), " · ", t("subscriber.attempts", { n: number(row.attempts) }), " · ", whenOf(row), row.last_error ? ` · ${errorName(row.last_error)}` : "")), row.done_at || !row.attempts || one.ended_at ? null : again(row.id, t("subscriber.resend"))))),
    ].filter(Boolean) : [el("p", { class: "empty" }, t("subscriber.nothing_sent"))]));
  }
  await fill().catch((error) => box.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message)));
}

/* ---- the list ---- */

async function turn(one) {
  if (!one.ended_at && !sure(t("subscriber.stop_sure", { name: one.name }))) return;
  await tell("PATCH", `/api/v1/subscribers/${one.id}`, { active: Boolean(one.ended_at) });
  await load();
  byId("subscriber-list").querySelector(`tr[data-id="${one.id}"] button`)?.focus();
}

function row(one) {
  return el("tr", { "data-id": one.id, class: one.ended_at ? "gone" : "" }, el("th", { scope: "row" }, el("strong", {}, one.name), el("small", { class: "block" }, t(`subscriber.channel.${one.channel}`)), el("code", {}, one.address)),
    cell(t("subscriber.topics"), listed(one.topics.map(topicName))), cell(t("subscriber.area"), `${one.area.name} ${one.area.code}`),
    cell(t("subscriber.state"), one.ended_at ? tag(t("subscriber.stopped")) : tag(t("subscriber.active"), "ok"), el("small", { class: "block" }, t("subscriber.counts", { sent: number(one.sent), waiting: number(one.waiting), dead: number(one.dead) })),
      one.dead ? tag(t("subscriber.has_dead"), "bad") : null),
    cell(t("subscriber.last_error"), errorName(one.last_error)),
    el("td", {}, el("div", { class: "row tight" }, el("button", { type: "button", onclick: () => openDeliveries(one) }, t("subscriber.deliveries")),
      el("button", { type: "button", "aria-label": t("dispatch.about_rule", { act: t(one.ended_at ? "subscriber.resume" : "subscriber.stop"), rule: one.name }), onclick: () => turn(one).catch(problem) }, t(one.ended_at ? "subscriber.resume" : "subscriber.stop")))));
}

async function load() {
  items = (await ask("/api/v1/subscribers")).items;
  byId("subscriber-list").replaceChildren(items.length
    ? table("subscriber-table", t("subscriber.count", { n: number(items.length) }), ["name", "topics", "area", "state", "last_error", "act"].map((one) => t(`subscriber.${one}`)), items.map(row))
    : el("p", { class: "empty" }, t("subscriber.none")));
}

/* ---- a new one ---- */

function add() {
  const topics = many({ label: t("subscriber.topics"), hint: t("subscriber.topics_hint"), values: ["event"], text: topicName, source: el("select", { name: "topic", "aria-label": t("subscriber.topics") },
    el("optgroup", { label: t("subscriber.rooms") }, ROOMS.map((one) => el("option", { value: one }, topicName(one)))), el("optgroup", { label: t("subscriber.topic.event") }, EVENTS.map((one) => el("option", { value: `event.${one}` }, topicName(`event.${one}`)))),
    el("optgroup", { label: t("subscriber.topic.clock") }, ["warned", "overdue"].map((one) => el("option", { value: `clock.${one}` }, topicName(`clock.${one}`))))) });
  const address = textbox("address", { required: true, maxlength: 400 }), hint = el("small", { class: "hint" });
  const channel = choice("channel", ["webhook", "mail"].map((one) => [one, t(`subscriber.channel.${one}`)]), "webhook", { onchange: fits });
  function fits() {
    hint.textContent = t(`subscriber.${channel.value}_hint`);
    address.placeholder = channel.value === "mail" ? "desk@example.org" : "hooks.example.org/wangge";
  }
  fits();
  const form = el("form", { id: "subscriber-form" }, el("div", { class: "pair" }, field(t("subscriber.name"), textbox("name", { required: true, maxlength: 80 })), field(t("subscriber.channel"), channel)),
    el("label", { class: "field" }, el("span", {}, t("subscriber.address")), address, hint), topics.box, areaPicker({ name: "area", label: t("rules.for_city"), roots: known.roots }), problemLine(), el("button", { type: "submit", class: "primary" }, t("subscriber.add")));
  const dialog = openDialog(t("subscriber.add"), [form]);
  onSubmit(form, async (values) => {
    const made = await tell("POST", "/api/v1/subscribers", { channel: values.channel, name: values.name.trim(), address: values.address.trim(), topics: topics.values(), area: values.area });
    await load();
    form.replaceWith(el("div", {}, el("p", { class: "done", role: "status" }, t("subscriber.added")), made.secret ? secretBox(made.secret, t("subscriber.secret"), "subscriber-secret") : null,
      el("p", { class: "hint" }, t("subscriber.signed")), el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "secret-kept", onclick: () => dialog.close() }, t("subscriber.kept")))));
    (dialog.querySelector("#subscriber-secret") ?? dialog.querySelector("#secret-kept")).focus();
  });
}

/** Fill the panel; `told` is what the frame knows. */
export async function open(panel, told) {
  known = told;
  panel.replaceChildren(el("div", { class: "head" }, el("p", { class: "hint" }, t("subscriber.intro")), el("button", { type: "button", class: "primary", id: "add-subscriber", onclick: add }, t("subscriber.add"))),
    el("section", { class: "card table", id: "subscriber-list" }));
  await load();
}
