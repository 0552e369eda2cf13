// The plan under work: its edits, kept for this tab until they are saved; saved ones live on the server.
import { ask, tell } from "./api.js";
import { placeText } from "./planner_marks.js";
import { t } from "./i18n.js";
import { streetText } from "./planner_streets.js";
import { stationLabel } from "./symbols.js";

const PATH = "/api/v1/scenarios";
const pathOf = (id) => `${PATH}/${encodeURIComponent(id)}`;
export const listPlans = async () => (await ask(`${PATH}?limit=100`)).items;
export const readPlan = (id) => ask(pathOf(id));
export const comparePlan = (id, search) => ask(`${pathOf(id)}/comparison${search}`);
export const adoptPlan = (plan) => tell("POST", `${pathOf(plan.id)}/adopt`, undefined, { "If-Match": `"${plan.version}"` });
export const dropPlan = (plan) => tell("DELETE", pathOf(plan.id), undefined, { "If-Match": `"${plan.version}"` });

/** An edit in words. */
export function editText(edit, room) {
  const place = edit.lon === undefined ? "" : placeText(edit.lon, edit.lat);
  if (edit.kind === "add_station") return [t("edit.add_station", { name: edit.name }), `${stationLabel(edit.type)} · ${place}`];
  if (edit.kind === "set_gate") return [t("edit.set_gate", { code: edit.code }), t(`gate.${edit.access}`)];
  if (edit.kind === "add_street") return [t(edit.bridge ? "edit.add_bridge" : "edit.add_street", { code: edit.code }), t("edit.points", { n: edit.line.length })];
  if (edit.kind === "remove_street") return [t("edit.remove_street", { code: edit.code }), streetText(edit.code)];
  const name = room.stationName(edit.code);
  return [t(`edit.${edit.kind}`, { name }), edit.kind === "set_station_hours" ? edit.hours || t("plan.hours_unknown") : place];
}

/** The plan under work; `onChange` is called after every change of it. */
export class Draft {
  constructor(account, onChange) {
    Object.assign(this, { key: `wangge.plan.${account}`, onChange, edits: [], saved: null, name: "", dirty: false });
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
      if (kept) Object.assign(this, { edits: kept.edits, name: kept.name, saved: kept.saved, dirty: kept.edits.length > 0 });
    } catch {
      sessionStorage.removeItem(this.key);
    }
  }

  changed(dirty = true) {
    this.dirty = dirty;
    if (dirty) sessionStorage.setItem(this.key, JSON.stringify({ edits: this.edits, name: this.name, saved: this.saved }));
    else sessionStorage.removeItem(this.key);
    this.onChange(this);
  }

  add(...edits) {
    this.edits = [...this.edits, ...edits];
    this.changed();
  }

  remove(at) {
    this.edits = this.edits.filter((_, place) => place !== at);
    this.changed();
  }

  take(plan) {
    Object.assign(this, { edits: plan.edits, saved: plan, name: plan.name });
    this.changed(false);
  }

  clear() {
    Object.assign(this, { edits: [], saved: null, name: "" });
    this.changed(false);
  }

  /** A code nobody has: of this kind, in the register or the plan. */
  freeCode(kind, taken) {
    const used = new Set([...taken, ...this.edits.map((one) => one.code)]);
    for (let n = 1; ; n += 1) if (!used.has(`${kind}${n}`)) return `${kind}${n}`;
  }

  /** Save it under its name; a saved one is changed. */
  async save(question) {
    const body = { name: this.name, note: this.saved?.note ?? "", edits: this.edits, question };
    const plan = this.saved ? await tell("PATCH", pathOf(this.saved.id), body, { "If-Match": `"${this.saved.version}"` }) : await tell("POST", PATH, body);
    this.take({ ...body, ...plan });
    return this.saved;
  }
}
