// Which tabs the planner has: by what the person may do.
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { accessibility, equity } from "./planner_equity.js";
import { deficits } from "./planner_deficits.js";
import { exports } from "./planner_export.js";
import { uncoveredList } from "./planner_list.js";
import { numbers } from "./planner_numbers.js";
import { empty, fold } from "./planner_parts.js";
import { PlanTab } from "./planner_plan.js";
import { limitOf, presetNumbers } from "./planner_presets.js";
import { SitingTab } from "./planner_siting.js";

const unitOf = (room) => room.state.limit.split(":")[0];

async function now(room) {
  const answer = await room.answer;
  if (!answer) return empty(t("planner.choose"));
  const onNeed = (need) => room.change({ types: [need.type], limit: limitOf(need, unitOf(room)) });
  return [
    room.preset ? presetNumbers(room.preset, room.state, onNeed, room.showArea) : null,
    numbers(answer, room.what(), room.showArea, [
      fold(t("equity.title"), () => equity(room), "equity-fold"),
      fold(t("access.title"), () => accessibility(room), "access-fold"),
    ]),
  ];
}

/** The tabs of this room, in their order: whether somebody may see it, its id, what loads it, whether it looks after itself. */
export function tabsFor(room) {
  const plans = room.may("coverage.plan"), asks = (load) => async () => (room.asks() ? load(room) : empty(t("planner.choose")));
  const plan = plans ? new PlanTab(room) : null, siting = plans ? new SitingTab(room) : null;
  Object.assign(room, { plan, siting });
  const tabs = [
    [true, { id: "now", load: () => now(room) }],
    [true, { id: "list", load: asks(uncoveredList) }],
    [true, { id: "deficits", load: () => deficits(room) }],
    [plan, { id: "plan", load: () => plan.load(), keep: true }],
    [siting, { id: "siting", load: () => siting.load(), keep: true }],
    [plans || room.may("coverage.export"), { id: "export", load: asks(exports) }],
  ];
  return tabs.filter(([shown]) => shown).map(([, tab]) => tab);
}
