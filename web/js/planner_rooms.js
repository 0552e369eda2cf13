// Which tabs the planner has: by what the server can do and what the person may do.
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
  const { offers } = room;
  const onNeed = (need) => room.change({ types: [need.type], limit: limitOf(need, unitOf(room)) });
  return [
    room.preset ? presetNumbers(room.preset, room.state, onNeed, room.showArea) : null,
    numbers(answer, room.what(), room.showArea, [
      offers.has("get", "/api/v1/coverage/equity") ? fold(t("equity.title"), () => equity(room), "equity-fold") : null,
      offers.has("get", "/api/v1/coverage/accessibility") ? fold(t("access.title"), () => accessibility(room), "access-fold") : null,
    ]),
  ];
}

/** The tabs of this room, in their order: [whether it is there, its id, what loads it, whether it looks after itself]. */
export function tabsFor(room) {
  const { offers, may } = room, plans = may("coverage.plan");
  const asks = (load) => async () => (room.asks() ? load(room) : empty(t("planner.choose")));
  const plan = plans && offers.has("post", "/api/v1/scenarios") ? new PlanTab(room) : null;
  const siting = plans && offers.has("post", "/api/v1/siting") ? new SitingTab(room) : null;
  const tabs = [
    [true, { id: "now", load: () => now(room) }],
    [offers.has("get", "/api/v1/coverage/uncovered"), { id: "list", load: asks(uncoveredList) }],
    [offers.has("get", "/api/v1/coverage/deficits"), { id: "deficits", load: () => deficits(room) }],
    [plan, { id: "plan", load: () => plan.load(), keep: true }],
    [siting, { id: "siting", load: () => siting.load(), keep: true }],
    [may("coverage.export") || (plans && offers.has("post", "/api/v1/coverage/report")), { id: "export", load: asks(exports) }],
  ];
  room.plan = plan;
  return tabs.filter(([shown]) => shown).map(([, tab]) => tab);
}
