// The same step for several events at once: what the first of them may take is offered, each answer is shown.
import { ask, reason, tell } from "./api.js";
import { byId, el } from "./dom.js";
import { field, onSubmit, problemLine } from "./fields.js";
import { inputsFor, valuesOf } from "./event_fields.js";
import { lang, number, t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";

const ALONE = (action) => action.max_distance_m !== null || action.requires.some((name) => name.startsWith("photo:") || name === "into" || name === "area");

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
    return;
  }
  const { items } = await ask(`/api/v1/events/${picked[0].id}/actions`);
  if (mine !== round) return;
  box.dataset.first = picked[0].id;
  box.picked = picked;
  const steps = items.filter((action) => !ALONE(action));
  box.replaceChildren(count, steps.length ? form(box, steps, onDone) : el("p", { class: "hint" }, t("bulk.none")));
  box.hidden = false;
}

function form(box, steps, onDone) {
  const which = el("select", { name: "command" }, steps.map((one, at) => el("option", { value: String(at) }, title(one))));
  const more = el("div", {});
  const write = async () => more.replaceChildren(...await inputsFor(steps[Number(which.value)], box.picked[0]));
  which.addEventListener("change", write);
  const made = el("form", {}, field(t("bulk.step"), which), more, problemLine(),
    el("div", { class: "row" }, el("button", { type: "submit", class: "primary" }, t("bulk.send"))));
  write();
  return onSubmit(made, async () => {
    const picked = box.picked, step = steps[Number(which.value)], said = valuesOf(made, step);
    const items = picked.map((event) => ({ id: uuid7(), event: event.id, base_version: event.version, command: step.command, ...said }));
    const answer = await tell("POST", "/api/v1/commands", { items });
    onDone(answer.items.map((one, at) => ({ event: picked[at], ok: one.status === 200, text: one.status === 200 ? t("bulk.done", { step: title(step) }) : refusal(one) })));
  });
}

const refusal = ({ problem, status }) => (problem ? (lang === "en" ? problem.detail_en : problem.detail) : reason(new Error(String(status))));
