// Which tabs the planner has: by what the server can do and what the person may do.
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { accessibility, equity } from "./planner_equity.js";
import { exports } from "./planner_export.js";
import { uncoveredList } from "./planner_list.js";
import { numbers } from "./planner_numbers.js";
import { empty, fold } from "./planner_parts.js";
import { limitOf, presetNumbers } from "./planner_presets.js";

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

/** The tabs of this room, in their order. */
export function tabsFor(room) {
  const { offers, may } = room;
  const asks = (load) => async () => (room.asks() ? load(room) : empty(t("planner.choose")));
  const tabs = [
    [true, { id: "now", load: () => now(room) }],
    [offers.has("get", "/api/v1/coverage/uncovered"), { id: "list", load: asks(uncoveredList) }],
    [may("coverage.export") || may("coverage.plan"), { id: "export", load: asks(exports) }],
  ];
  return tabs.filter(([shown]) => shown).map(([, tab]) => tab);
}
