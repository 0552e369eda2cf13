// Work that outlasts a request: how far it is, a button that cancels it, and what came out.
import { ask, reason, tell } from "./api.js";
import { el } from "./dom.js";
import { label, number, t } from "./i18n.js";

const FIRST_MS = 300, LONGEST_MS = 2000;
const ENDED = new Set(["done", "failed", "cancelled"]);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pathOf = (id) => `/api/v1/jobs/${encodeURIComponent(id)}`;

function gauge(id) {
  const bar = el("progress", { max: 1, "aria-label": t("job.progress") });
  const said = el("p", { class: "hint", role: "status" }, t("job.queued"));
  const cancel = el("button", { type: "button", "data-cancel": id, onclick: () => {
    cancel.disabled = true;
    tell("DELETE", pathOf(id)).catch((error) => { said.textContent = reason(error); });
  } }, t("job.cancel"));
  const show = (job) => {
    if (job.total > 0) bar.value = job.done / job.total;
    else bar.removeAttribute("value");
    const far = job.total > 0 ? ` ${number(Math.round((100 * job.done) / job.total))} %` : "";
    said.textContent = job.state === "queued" ? t("job.queued") : `${label(job) || t("job.running")}${far}`;
  };
  return { box: el("div", { class: "job" }, bar, el("div", { class: "line" }, said, cancel)), show };
}

/** Follow a job in `box` until it ends; `onDone(job)` gives what is shown then. */
export async function followJob(id, box, onDone) {
  const { box: shown, show } = gauge(id), mine = {};
  box.following = mine;
  box.replaceChildren(shown);
  try {
    for (let pause = FIRST_MS; box.following === mine; pause = Math.min(pause * 1.4, LONGEST_MS)) {
      const job = await ask(pathOf(id));
      if (box.following !== mine) return;
      show(job);
      if (ENDED.has(job.state)) {
        box.replaceChildren(...[outcome(job, onDone)].flat(Infinity).filter(Boolean));
        return;
      }
      await wait(pause);
    }
  } catch (error) {
    if (box.following === mine) box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  }
}

function outcome(job, onDone) {
  if (job.state === "done") return onDone(job);
  if (job.state === "cancelled") return el("p", { class: "hint", role: "status" }, t("job.cancelled"));
  return el("p", { class: "problem", role: "alert" }, job.error?.detail ?? t("job.failed"));
}

/** Begin a job (`begin()` answers {job}) and follow it. */
export async function runJob(box, begin, onDone) {
  if (box.beginning) return; // pressed twice
  box.beginning = true;
  box.replaceChildren(el("p", { class: "hint", role: "status" }, t("job.queued")));
  try {
    const { job } = await begin().finally(() => { box.beginning = false; });
    await followJob(job, box, onDone);
  } catch (error) {
    box.replaceChildren(el("p", { class: "problem", role: "alert" }, reason(error)));
  }
}

/** My latest job of a kind that is under way or done; null when there is none. */
export async function latestJob(kind) {
  const { items } = await ask("/api/v1/jobs").catch(() => ({ items: [] }));
  return items.find((one) => one.kind === kind && ["queued", "running", "done"].includes(one.state)) ?? null;
}

/** The address of the file a job made. */
export const fileOf = (job) => `${pathOf(job.id)}/file`;
