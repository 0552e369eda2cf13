// What if: a plan of edits, made by hand on the map, compared with today, saved, shared, adopted.
import { query, reason } from "./api.js";
import { el } from "./dom.js";
import { field, problemLine, sure } from "./fields.js";
import { aside, moment, number, t } from "./i18n.js";
import { comparison, drawChanges } from "./planner_compare.js";
import { Draft, adoptPlan, comparePlan, dropPlan, editText, listPlans, readPlan } from "./planner_draft.js";
import { changeMarker } from "./planner_marks.js";
import { empty, fillWith, hint, section, strip } from "./planner_parts.js";
import { asBody, parameters } from "./planner_question.js";
import { fetchStations } from "./stations.js";
import { goneLine, learnStreets } from "./planner_streets.js";
import { toolbox } from "./planner_tools.js";

/** Whether a text is on the clipboard now; without encryption browsers have none, but most copy what is selected. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = el("textarea", { class: "visually-hidden", readOnly: true, value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** The tab of plans; one for the life of the page. */
export class PlanTab {
  constructor(room) {
    Object.assign(this, { room, other: "" });
    this.marks = L.layerGroup().addTo(room.map);
    this.changes = L.layerGroup().addTo(room.map);
    this.parts = Object.fromEntries(["head", "edits", "actions", "result", "saved"].map((name) => [name, el("div", { id: `plan-${name}` })]));
    this.draft = new Draft(room.account, () => this.write());
    this.tools = toolbox(room, this.draft);
    room.planStation = (one) => this.stationButtons(one);
    room.reopen = () => this.reopen();
    room.addEdits = (...given) => this.addEdits(...given);
  }

  /** Its elements; an opened plan is compared. */
  async load() {
    this.write();
    fillWith(this.parts.saved, () => this.savedPlans());
    return [this.parts.head, this.parts.edits, el("h3", { class: "pad" }, t("plan.tools")), this.tools.element, this.parts.actions, this.parts.result, this.parts.saved];
  }

  /** Open the plan that the address names. */
  async reopen() {
    const { scenario } = this.room.state;
    if (scenario && this.draft.saved?.id !== scenario) {
      try {
        this.draft.take(await readPlan(scenario));
      } catch (error) {
        this.leavePlan();
        this.room.failed(error);
      }
    }
    this.write();
  }

  /** Edits made elsewhere: into the plan under work, or the plan `scenario` they were made for; else a new plan. */
  addEdits(edits, name, scenario) {
    const { draft, room } = this, kept = draft.edits.length > 0 && (draft.dirty || draft.saved?.id === scenario);
    if (!kept) {
      draft.clear();
      draft.name = name;
      this.leavePlan();
    }
    const here = new Set(draft.edits.map((one) => `${one.lon} ${one.lat}`));
    const fresh = edits.filter((one) => !here.has(`${one.lon} ${one.lat}`)); // the same answer turned into a plan twice
    if (fresh.length) draft.add(...fresh);
    room.showTab("plan");
    if (kept) room.say(t("plan.appended", { n: number(fresh.length) }));
  }

  /** No saved plan is asked about any more. */
  leavePlan() {
    this.changes.clearLayers();
    this.parts.result.replaceChildren();
    if (this.room.state.scenario) this.room.change({ scenario: "" });
  }

  stationButtons(one) {
    if (one.status === "closed") return null;
    const button = (kind) => el("button", { type: "button", "data-plan": kind, onclick: () => {
      this.room.showTab("plan");
      if (kind === "close_station") this.draft.add({ kind, code: one.code });
      else this.tools.open("station", one.code, kind);
    } }, t(`tool.${kind}`));
    return el("div", { class: "tools" }, ["move_station", "close_station", "set_station_hours"].map(button));
  }

  /** Write what depends on the draft: its head, its edits, its buttons, its marks on the map. */
  write() {
    const { draft, parts, room } = this;
    parts.head.replaceChildren(...this.head());
    const rows = draft.edits.map((edit, at) => {
      const [what, more] = editText(edit, room);
      return el("li", {}, el("span", { class: "change edit", "aria-hidden": "true" }, el("b", {}, number(at + 1))), el("span", { class: "body" }, el("strong", {}, what), el("small", {}, more)),
        el("button", { type: "button", class: "plain", "aria-label": t("plan.undo_one", { what }), onclick: () => draft.remove(at) }, "×"));
    });
    parts.edits.replaceChildren(rows.length ? el("ol", { class: "edits" }, rows) : empty(t("plan.empty")));
    parts.actions.replaceChildren(...this.actions());
    this.marks.clearLayers();
    draft.edits.forEach((edit, at) => this.mark(edit, at));
    const gone = draft.edits.filter((one) => one.kind === "remove_street").map((one) => one.code);
    learnStreets(gone).then((fresh) => fresh && this.write()).catch(room.failed);
  }

  mark(edit, at) {
    const station = this.room.stations().find((one) => one.code === edit.code);
    const place = edit.lon === undefined ? station && [station.lon, station.lat] : [edit.lon, edit.lat];
    const [what] = editText(edit, this.room);
    if (edit.line) L.polyline(edit.line.map(([lon, lat]) => [lat, lon]), { color: "#5b2a86", weight: 4, dashArray: "8 5", interactive: false }).addTo(this.marks);
    const spot = place ?? edit.line?.[0] ?? (edit.kind === "remove_street" ? goneLine(edit.code, this.marks) : null);
    if (spot) changeMarker(spot, ["close_station", "remove_street"].includes(edit.kind) ? "edit shut" : "edit", number(at + 1), what).addTo(this.marks);
  }

  head() {
    const { draft, room } = this, { saved } = draft;
    const name = el("input", { type: "text", id: "plan-name", maxlength: 80, value: draft.name, placeholder: t("plan.name_hint"), oninput: () => {
      draft.name = name.value;
      draft.dirty = true;
    } });
    const state = saved ? t(draft.dirty ? "plan.state.changed" : saved.adopted_at ? "plan.state.adopted" : "plan.state.saved") : t(draft.edits.length ? "plan.state.unsaved" : "plan.state.new");
    return [
      el("div", { class: "pad" }, field([t("plan.title"), " ", el("span", { class: "sample", id: "plan-state" }, state)], name)),
      room.state.scenario ? el("div", { class: "pad" }, el("span", { class: "hint" }, t("plan.basis")), strip("basis", t("plan.basis"), [["plan", t("plan.basis.plan")], ["now", t("plan.basis.now")]], room.state.basis, (basis) => room.change({ basis })), hint(t("plan.basis_hint"))) : "",
    ];
  }

  actions() {
    const { draft, room } = this, { saved } = draft, any = draft.edits.length > 0;
    const button = (id, key, action, more = {}) => el("button", { type: "button", id, onclick: action, disabled: Boolean(this.busy), ...more }, t(key));
    return [el("div", { class: "pad actions" }, problemLine(),
      any && button("plan-compare", saved && !draft.dirty ? "plan.compare" : "plan.save", () => this.attempt(() => this.save()), { class: "primary wide" }),
      el("div", { class: "line" },
        any ? button("plan-undo", "plan.undo", () => draft.remove(draft.edits.length - 1)) : null,
        saved ? button("plan-link", "plan.link", (event) => this.copyLink(event.currentTarget)) : null,
        saved && !draft.dirty && !saved.adopted_at && room.may("register.edit") ? button("plan-adopt", "plan.adopt", () => this.attempt(() => this.adopt())) : null,
        any || saved ? button("plan-new", "plan.new", () => this.begin()) : null))];
  }

  /** Do what a button asks for, one at a time; its refusal is told above the buttons. */
  async attempt(action) {
    if (this.busy) return;
    const { actions } = this.parts, line = () => actions.querySelector(".problem");
    const wait = (on) => {
      this.busy = on;
      document.body.classList.toggle("busy", on);
      for (const button of actions.querySelectorAll("button")) button.disabled = on;
    };
    line().hidden = true;
    wait(true);
    try {
      await action();
    } catch (error) {
      line().textContent = reason(error);
      line().hidden = false;
      line().scrollIntoView({ block: "nearest" });
    } finally {
      wait(false);
    }
  }

  async save() {
    const { draft, room } = this;
    this.tools.close();
    if (!draft.saved || draft.dirty) {
      const now = new Date().toISOString();
      draft.name = draft.name.trim() || t("plan.named", { time: `${moment(now)}:${now.slice(17, 19)}` });
      const plan = await draft.save(asBody(parameters({ ...room.state, basis: "now" })));
      room.change({ scenario: plan.id, basis: "plan" });
      this.write();
      fillWith(this.parts.saved, () => this.savedPlans());
    } else await this.compare();
  }

  /** Ask for before and after, by the question as it is now; after every change of it while a plan is open. */
  async compare() {
    const { room, draft, parts } = this, search = query({ ...room.asked(), scenario: "" }), { saved } = draft;
    if (!saved || room.state.scenario !== saved.id) return;
    await fillWith(parts.result, async () => {
      const found = await comparePlan(saved.id, search);
      const other = this.other && this.other !== saved.id ? await comparePlan(this.other, search) : null;
      if (other) other.name = this.plans.find((one) => one.id === this.other)?.name ?? "";
      return comparison(found, room, drawChanges(this.changes, found, room), other);
    });
  }

  async adopt() {
    const { draft, room } = this;
    if (!sure(t("plan.adopt_sure", { name: draft.name, n: number(draft.edits.length) }))) return;
    await adoptPlan(draft.saved);
    draft.clear();
    room.setStations(await fetchStations());
    this.leavePlan();
    room.say(t("plan.adopted"));
    fillWith(this.parts.saved, () => this.savedPlans());
    room.refresh();
  }

  begin() {
    if (this.draft.dirty && this.draft.edits.length && !sure(t("plan.discard"))) return;
    this.tools.close();
    this.draft.clear();
    this.leavePlan();
    this.write();
  }

  async copyLink(button) {
    if (await copied(location.href)) {
      button.textContent = t("form.copied");
      return;
    }
    const shown = el("input", { type: "text", id: "plan-address", readOnly: true, value: location.href, onfocus: () => shown.select() });
    this.parts.actions.querySelector("#plan-address")?.closest(".field").remove();
    this.parts.actions.firstElementChild.append(field(t("plan.copy_yourself"), shown));
    shown.focus();
  }

  async savedPlans() {
    this.plans = await listPlans();
    if (!this.plans.length) return [section(t("plan.saved")), hint(t("plan.none_saved"), { class: "hint pad" })];
    const rows = this.plans.map((one) => el("li", {}, el("button", { type: "button", "data-plan-id": one.id, onclick: () => this.openPlan(one) }, el("span", { class: "body" }, el("strong", {}, one.name), el("small", {}, [t(one.mine ? "plan.mine" : "plan.others"), moment(one.updated_at)].join(" · "), one.adopted_at ? aside(t("plan.state.adopted")) : ""))),
    one.mine ? el("button", { type: "button", class: "plain", "aria-label": t("plan.drop", { name: one.name }), onclick: () => this.attempt(() => this.drop(one)) }, "×") : null));
    const against = el("select", { id: "plan-other", onchange: () => {
      this.other = against.value;
      this.compare();
    } }, el("option", { value: "" }, t("compare.with_none")), this.plans.map((one) => el("option", { value: one.id, selected: one.id === this.other }, one.name)));
    return [section(t("plan.saved")), el("ul", { class: "edits plans" }, rows), el("div", { class: "pad" }, field(t("compare.with"), against))];
  }

  async openPlan(one) {
    if (this.draft.dirty && this.draft.edits.length && !sure(t("plan.discard"))) return;
    this.room.change({ scenario: one.id, basis: "plan" });
    await this.reopen();
  }

  async drop(one) {
    if (!sure(t("plan.drop_sure", { name: one.name }))) return;
    await dropPlan(one);
    if (this.draft.saved?.id === one.id) {
      this.draft.clear();
      this.leavePlan();
    }
    fillWith(this.parts.saved, () => this.savedPlans());
  }
}
