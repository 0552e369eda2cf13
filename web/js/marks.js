// The mark of an event, for pages with a map and without: colour, shape and a character together.
import { el } from "./dom.js";
import { t } from "./i18n.js";

const GROUP = {
  reported: "wait", accepted: "wait", verifying: "wait", verified: "wait",
  filed: "work", dispatched: "work", handling: "work", feedback: "work", inspecting: "work", self_handled: "work", suspended: "work",
  closed: "done", rejected: "void", cancelled: "void", merged: "void",
};
export const STATUSES = Object.keys(GROUP);
export const FINISHED = ["closed", "rejected", "cancelled", "merged"];

/** The mark of an event: circle waiting, rounded square in work, square finished; a character names the state. */
export function eventMark(status, urgency) {
  const urgent = urgency === "urgent" || urgency === "emergency" ? ` ${urgency}` : "";
  return el("span", { class: `mark ${GROUP[status] ?? "void"}${urgent}`, "aria-hidden": "true" }, t(`status.${status}.char`));
}
