// What waits, what was refused and why, and the receipt of what arrived.
import { byId, el, facts } from "./dom.js";
import { aside, label, metres, moment, t } from "./i18n.js";
import { remove } from "./outbox.js";

function exportItem(item) {
  const link = el("a", { href: URL.createObjectURL(new Blob([JSON.stringify(item.body, null, 1)], { type: "application/json" })), download: `report-${item.id}.json` });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function drop(item, sender) {
  if (!window.confirm(t("outbox.sure"))) return;
  await remove(item.id);
  await sender.schedule();
}

const button = (key, onclick) => el("button", { type: "button", onclick }, t(key));

/** What may be done with an item; one that is being corrected is left alone until it is sent or given up. */
function choices(item, sender, edit) {
  if (edit.id === item.id) return [button("outbox.give_up", () => edit.stop())];
  const again = button("outbox.retry", () => sender.retry(item.id));
  if (item.state !== "refused") return [again];
  return [item.receipt ? null : button("outbox.edit", () => edit.start(item)), again,
    button("outbox.export", () => exportItem(item)), button("outbox.delete", () => drop(item, sender))];
}

const reasonOf = ({ reason }) => (typeof reason === "string" ? reason : label(reason));

function row(item, sender, edit) {
  const refused = item.state === "refused";
  const state = refused ? t("outbox.refused") : item.receipt ? t("outbox.photos", { n: item.photos.length }) : t("outbox.waiting");
  return el("li", { "data-id": item.id, "data-state": item.state }, el("div", { class: refused ? "refused" : "" },
    item.body.text.slice(0, 60), el("small", {}, `${edit.id === item.id ? t("outbox.editing") : state} · ${moment(item.created)}`),
    item.reason ? el("small", { class: refused ? "refused" : "" }, reasonOf(item)) : null,
    el("p", { class: "row" }, choices(item, sender, edit))));
}

const group = (kind, items, sender, edit) => (items.length
  ? [el("h2", {}, t(`outbox.${kind}_title`, { n: items.length })), el("p", { class: "hint" }, t(`outbox.${kind}_hint`)), el("ul", {}, items.map((item) => row(item, sender, edit)))]
  : []);

/** List what was not accepted, then what waits; hidden when there is nothing. `edit`: {id, start(item), stop()}. */
export function showOutbox(items, sender, edit) {
  const open = items.filter((item) => item.state !== "sent");
  const box = byId("outbox");
  box.hidden = !open.length;
  const refused = open.filter((item) => item.state === "refused"), waiting = open.filter((item) => item.state !== "refused");
  box.replaceChildren(...group("refused", refused, sender, edit), ...group("waiting", waiting, sender, edit));
}

/** Both numbers and the grid, large; the tracking code leads to the state. */
export function showReceipt(item, again) {
  const { receipt } = item, box = byId("receipt");
  const grid = receipt.grid ? receipt.grid.name || receipt.grid.code : t("report.no_grid");
  box.replaceChildren(
    el("h2", {}, t("receipt.title")),
    facts([
      [t("receipt.number"), el("span", { class: "code", id: "event-number" }, receipt.event_number)],
      [t("receipt.code"), el("span", { class: "code", id: "tracking-code" }, receipt.tracking_code)],
      [t("receipt.grid"), el("span", { id: "receipt-grid" }, grid)],
      [t("receipt.method"), `${t(`method.${receipt.method}`)}${receipt.border_distance_m === null ? "" : aside(t("event.to_border", { d: metres(receipt.border_distance_m) }))}`],
      [t("receipt.at"), moment(receipt.recorded_at)],
    ], ""),
    receipt.confirm ? el("p", { class: "gridline warn" }, t("receipt.confirm")) : null,
    el("p", { class: "hint" }, t("receipt.keep")),
    el("p", { class: "row" }, el("a", { class: "button primary", href: `/track/${encodeURIComponent(receipt.tracking_code)}` }, t("receipt.track")),
      el("button", { type: "button", onclick: again }, t("receipt.again"))));
  for (const child of [...box.childNodes]) if (child.nodeType === Node.TEXT_NODE) child.remove();
  box.hidden = false;
  box.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
}
