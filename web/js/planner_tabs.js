// Tabs of the planner's right side: arrows move, the open one loads, the others wait until somebody opens them.
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { fillWith } from "./planner_parts.js";

export class Tabs {
  /** `tabs` are {id, load() -> elements, keep}; `keep` panels are built once and look after themselves. */
  constructor(bar, body, tabs, onPick) {
    Object.assign(this, { bar, tabs, onPick, stale: new Set(tabs.map((one) => one.id)), open: "" });
    this.buttons = tabs.map((tab) => el("button", {
      type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, "aria-selected": "false", tabindex: -1,
      onclick: () => this.pick(tab.id),
    }, t(`planner.tab.${tab.id}`)));
    this.panels = tabs.map((tab) => el("div", { role: "tabpanel", id: `panel-${tab.id}`, class: "tabpanel", "aria-labelledby": `tab-${tab.id}`, hidden: true }));
    bar.replaceChildren(...this.buttons);
    body.replaceChildren(...this.panels);
    bar.onkeydown = (event) => this.key(event);
  }

  key(event) {
    const at = this.tabs.findIndex((one) => one.id === this.open), last = this.tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.pick(this.tabs[to].id);
    this.buttons[to].focus();
  }

  /** Open a tab; an unknown one opens the first. Loaded now, or with the next `renew`. */
  pick(id, now = true) {
    const at = Math.max(0, this.tabs.findIndex((one) => one.id === id));
    this.open = this.tabs[at].id;
    this.buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === at));
      button.tabIndex = place === at ? 0 : -1;
      this.panels[place].hidden = place !== at;
    });
    this.buttons[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    this.onPick(this.open);
    return now ? this.load() : null;
  }

  /** Load the open tab when it is out of date. */
  async load() {
    const at = this.tabs.findIndex((one) => one.id === this.open);
    if (!this.stale.delete(this.open)) return;
    await fillWith(this.panels[at], () => this.tabs[at].load());
  }

  /** The question changed: everything that depends on it is out of date. */
  renew(only = null) {
    for (const tab of this.tabs) if (only ? tab.id === only : !tab.keep) this.stale.add(tab.id);
    return this.load();
  }
}
