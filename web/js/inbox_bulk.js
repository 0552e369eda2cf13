// The same step for several events at once: what the first of them may take is offered, each answer is shown.
import { ask, reason, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { conditions, conditionsOf, inputsFor, valuesOf } from "./event_fields.js";
import { aside, categoryOf, lang, number, t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";

const ALONE = (action) => action.max_distance_m !== null || action.requires.some((name) => name.startsWith("photo:") || name === "into" || name === "area");

// Whether the answers hang on the events' own categories: each category is filed under conditions of its own.
const BY_CATEGORY = (action) => action.command === "file";
const categoriesOf = (picked) => [...new Map(picked.map((event) => [event.category, event])).values()];

/** The conditions of the categories besides that of the first event. */
async function otherConditions(picked) {
  const others = categoriesOf(picked).filter((event) => event.category !== picked[0].category);
  const made = await Promise.all(others.map(async (event) => [event, await conditionsOf(event)]));
  return made.filter(([, items]) => items.length).map(([event, items]) => conditions(items, `standard ${event.category}`, t("act.standard") + aside(categoryOf(event))));
}

/** What is said of one event: its own category's condition, none where it has none. */
function saidOf(event, first, said, made, step) {
  if (!BY_CATEGORY(step) || event.category === first.category) return said;
  const chosen = new FormData(made).get(`standard ${event.category}`);
  const { standard: _, ...data } = said.data;
  return { ...said, data: chosen ? { ...data, standard: Number(chosen) } : data };
}

let round = 0;

/** Show the form for the events picked; `onDone(results)` gets [{event, ok, text}] in their order. */
export async function offer(picked, onDone) {
  round += 1;
  const mine = round, box = byId("bulk");
  if (!picked.length) {
    box.hidden = true;
    box.replaceChildren();
    return;
  }
  const count = el("p", { "aria-live": "polite" }, el("strong", {}, t("bulk.picked", { n: number(picked.length) })));
  if (!box.hidden && box.dataset.first === picked[0].id) {
    box.firstChild.replaceWith(count);
    box.picked = picked;
    box.changed();
    return;
  }
  const { items } = await ask(`/api/v1/events/${picked[0].id}/actions`);
  if (mine !== round) return;
  box.dataset.first = picked[0].id;
  box.picked = picked;
  box.changed = () => {};
  const steps = items.filter((action) => !ALONE(action));
  box.replaceChildren(count, steps.length ? form(box, steps, onDone) : el("p", { class: "hint" }, t("bulk.none")));
  box.hidden = false;
}

function form(box, steps, onDone) {
  const which = el("select", { name: "command" }, steps.map((one, at) => el("option", { value: String(at) }, title(one))));
  const more = el("div", {});
  const send = el("button", { type: "submit", class: "primary" }, t("bulk.send"));
  // Not sent before what the step asks for is there; of two chosen one after the other the later counts.
  const write = async () => {
    const wanted = which.value;
    send.disabled = true;
    try {
      const step = steps[Number(wanted)], inputs = await inputsFor(step, box.picked[0]);
      if (BY_CATEGORY(step)) {
        const others = await otherConditions(box.picked), own = inputs.find((one) => one.querySelector("[name=standard]"));
        if (others.length) own?.querySelector("legend").append(aside(categoryOf(box.picked[0]))); // which is whose
        inputs.push(...others);
      }
      if (wanted !== which.value) return;
      more.replaceChildren(...inputs);
      send.disabled = false;
    } catch (error) {
      if (wanted === which.value) more.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
    }
  };
  which.addEventListener("change", write);
  let kinds = "";
  box.changed = () => {
    const now = categoriesOf(box.picked).map((event) => event.category).join();
    if (now !== kinds && BY_CATEGORY(steps[Number(which.value)])) write();
    kinds = now;
  };
  const made = el("form", {}, field(t("bulk.step"), which), more, problemLine(),
    el("div", { class: "row" }, send));
  write();
  return onSubmit(made, async () => {
    const picked = box.picked, step = steps[Number(which.value)], said = valuesOf(made, step);
    const items = picked.map((event) => ({ id: uuid7(), event: event.id, base_version: event.version, command: step.command, ...saidOf(event, picked[0], said, made, step) }));
    const answer = await tell("POST", "/api/v1/commands", { items });
    await onDone(answer.items.map((one, at) => ({ event: picked[at], ok: one.status === 200, text: one.status === 200 ? t("bulk.done", { step: title(step) }) : refusal(one) })));
  });
}

const refusal = ({ problem, status }) => (problem ? (lang === "en" ? problem.detail_en : problem.detail) : reason(new Error(String(status))));
