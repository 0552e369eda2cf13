// Where I am logged in: this browser marked, all of them ended at once.
import { ask, tell } from "./api.js";
import { el } from "./dom.js";
import { actionButton, problemLine, sure } from "./fields.js";
import { moment, t } from "./i18n.js";

const KNOWN = [["Edg/", "Edge"], ["MicroMessenger", "WeChat"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Safari", "Safari"]];
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"];

/** The browser and the system an agent names, else its beginning: a hint for people, decides nothing. */
function browser(agent) {
  if (!agent) return t("sessions.unknown");
  const name = KNOWN.find(([mark]) => agent.includes(mark))?.[1] ?? agent.slice(0, 30);
  const system = SYSTEMS.find((one) => agent.includes(one));
  return system ? `${name} · ${system}` : name;
}

export async function sessionList(box) {
  const answer = await ask("/api/v1/sessions");
  const rows = answer.items.map((one) => el("li", { "data-current": one.current ? "1" : null },
    el("div", {}, el("strong", {}, browser(one.agent)), one.current ? el("em", { class: "tag ok" }, t("sessions.current")) : null,
      el("small", {}, `${one.address || "—"} · ${t("sessions.since", { time: moment(one.created_at) })}`),
      el("small", {}, t("sessions.seen", { time: moment(one.seen_at) })))));
  box.replaceChildren(el("ul", { class: "items" }, rows), problemLine(),
    el("div", { class: "row" }, actionButton(t("sessions.end_all"), async () => {
      if (!sure(t("sessions.sure"))) return;
      await tell("DELETE", "/api/v1/sessions");
      location.assign("/login");
    }, () => box, { id: "end-all" })), el("p", { class: "hint" }, t("sessions.hint")));
}
