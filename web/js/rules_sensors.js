// The tab of sensors: devices that report by themselves, where they stand, when they were last heard.
import { ask, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field, onSubmit, openDialog, problemLine, secretBox, sure, textbox } from "./fields.js";
import { aside, label, moment, number, t } from "./i18n.js";
import { problem } from "./paged_list.js";
import { placePick } from "./place_pick.js";
import { categoryGroups, cell, table, tag } from "./rules_parts.js";

const SYSTEMS = ["wgs84", "gcj02", "bd09"], URGENCIES = ["normal", "urgent", "emergency"], DIGITS = 6;
let areas = [];

async function turn(one) {
  if (one.enabled && !sure(t("sensor.stop_sure", { name: one.name }))) return;
  await change(one, { enabled: !one.enabled });
}

async function change(one, body) {
  await tell("PATCH", `/api/v1/sensors/${encodeURIComponent(one.code)}`, body);
  await load();
  byId("sensor-list").querySelector(`tr[data-code="${CSS.escape(one.code)}"] button`)?.focus();
}

function openSnooze(one) {
  const form = el("form", { id: "snooze-form" }, field(t("sensor.snooze_min"), el("input", { type: "number", name: "minutes", min: 0, max: 10080, step: 1, required: true, value: Math.round(one.snooze_s / 60) }), t("sensor.snooze_hint")), problemLine(), el("button", { type: "submit", class: "primary" }, t("sensor.save")));
  const dialog = openDialog(one.name, [form]);
  onSubmit(form, async ({ minutes }) => {
    await change(one, { snooze_s: Math.round(Number(minutes) * 60) });
    dialog.close();
  });
}

function row(one) {
  const act = (text, action) => el("button", { type: "button", "aria-label": t("dispatch.about_rule", { act: text, rule: one.name }), onclick: action }, text);
  return el("tr", { "data-code": one.code, class: one.enabled ? "" : "gone" }, el("th", { scope: "row" }, el("strong", {}, one.name), el("code", {}, one.code)),
    cell(t("sensor.category"), label({ zh: one.category_zh, en: one.category_en }), one.urgency === "normal" ? null : tag(t(`urgency.${one.urgency}`), "bad"), el("small", { class: "block" }, one.text)),
    cell(t("sensor.place"), el("span", { class: "num" }, `${one.lon.toFixed(5)}, ${one.lat.toFixed(5)}`), el("small", { class: "block" }, one.scope_name, aside(one.scope))),
    cell(t("sensor.heard"), one.last_at ? moment(one.last_at) : t("sensor.never"), el("small", { class: "block" }, t("sensor.counts", { alarms: number(one.alarms), events: number(one.events) }))),
    cell(t("subscriber.state"), one.enabled ? tag(t("sensor.on"), "ok") : tag(t("sensor.off")), el("small", { class: "block" }, t("sensor.snoozed", { n: number(Math.round(one.snooze_s / 60)) }))),
    el("td", {}, el("div", { class: "row tight" }, act(t("sensor.snooze"), () => openSnooze(one)), act(t(one.enabled ? "sensor.stop" : "sensor.start"), () => turn(one).catch(problem)))));
}

async function load() {
  const { items } = await ask("/api/v1/sensors");
  byId("sensor-list").replaceChildren(items.length
    ? table("sensor-table", t("sensor.count", { n: number(items.length) }), [t("sensor.name"), t("sensor.category"), t("sensor.place"), t("sensor.heard"), t("subscriber.state"), t("subscriber.act")], items.map(row))
    : el("p", { class: "empty" }, t("sensor.none")));
}

const coordinate = (name, most) => el("input", { type: "number", name, step: "any", min: -most, max: most, required: true });

/** Where the sensor stands: a pin on a map, or numbers; each follows the other. */
function placed() {
  const box = el("div", { id: "sensor-map", class: "casemap", "aria-label": t("sensor.place") }), line = el("p", { class: "hint", role: "status" });
  const lon = coordinate("lon", 180), lat = coordinate("lat", 90), system = choice("coord_sys", SYSTEMS.map((one) => [one, t(`sensor.system.${one}`)]), "wgs84");
  const state = { pick: null };
  const typed = () => {
    const known = [lon, lat].every((one) => one.value && one.checkValidity());
    state.pick?.put(known ? { lon: Number(lon.value), lat: Number(lat.value), coord_sys: system.value } : null);
  };
  for (const one of [lon, lat, system]) one.addEventListener("input", typed);
  const pinned = (at) => {
    lon.value = at.lon.toFixed(DIGITS);
    lat.value = at.lat.toFixed(DIGITS);
    system.value = at.coord_sys;
  };
  state.fields = el("fieldset", { class: "field" }, el("legend", {}, t("sensor.place")), el("p", { class: "hint" }, t("sensor.where")), box,
    el("p", { class: "row" }, el("button", { type: "button", id: "sensor-pin", onclick: () => state.pick?.map.place() }, t("whistles.pin"))), line,
    el("div", { class: "pair" }, field(t("sensor.lon"), lon), field(t("sensor.lat"), lat)), field(t("sensor.system"), system, t("sensor.system_hint")));
  state.show = () => {
    state.pick = placePick(box, line, { areas, label: t("sensor.pin"), elsewhere: "sensor.elsewhere", onPin: pinned });
    return state.pick.framed;
  };
  return state;
}

async function add() {
  const place = placed();
  const form = el("form", { id: "sensor-form" },
    el("div", { class: "pair" }, field(t("sensor.code"), textbox("code", { required: true, maxlength: 40, placeholder: "well-0017" }), t("sensor.code_hint")), field(t("sensor.name"), textbox("name", { required: true, maxlength: 80 }))),
    field(t("sensor.category"), el("select", { name: "category", required: true }, el("option", { value: "" }, t("rules.choose")), await categoryGroups())), field(t("sensor.text"), textbox("text", { required: true, maxlength: 500 }), t("sensor.text_hint")),
    place.fields,
    el("div", { class: "pair" }, field(t("dispatch.urgency"), choice("urgency", URGENCIES.map((one) => [one, t(`urgency.${one}`)]))), field(t("sensor.snooze_min"), el("input", { type: "number", name: "minutes", min: 0, max: 10080, step: 1, value: 60 }), t("sensor.snooze_hint"))),
    problemLine(), el("button", { type: "submit", class: "primary" }, t("sensor.add")));
  const dialog = openDialog(t("sensor.add"), [form]);
  onSubmit(form, async (values) => {
    const made = await tell("POST", "/api/v1/sensors", {
      code: values.code.trim(), name: values.name.trim(), category: values.category, text: values.text.trim(), coord_sys: values.coord_sys, urgency: values.urgency, snooze_s: Math.round(Number(values.minutes) * 60),
      geometry: { type: "Point", coordinates: [Number(values.lon), Number(values.lat)] },
    });
    await load();
    form.replaceWith(el("div", {}, el("p", { class: "done", role: "status" }, t("sensor.added")), secretBox(made.key, t("sensor.secret"), "sensor-secret"),
      el("p", { class: "hint" }, t("sensor.signed", { code: made.code })), el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "secret-kept", onclick: () => dialog.close() }, t("subscriber.kept")))));
    dialog.querySelector("#sensor-secret").focus();
  });
  await place.show();
}

/** Fill the panel. */
export async function open(panel, { roots }) {
  areas = roots;
  panel.replaceChildren(el("div", { class: "head" }, el("p", { class: "hint" }, t("sensor.intro")), el("button", { type: "button", class: "primary", id: "add-sensor", onclick: () => add().catch(problem) }, t("sensor.add"))),
    el("section", { class: "card table", id: "sensor-list" }));
  await load();
}
