// What waits, what was refused and why, and the receipt of what arrived.
import { byId, el, facts } from "./dom.js";
import { metres, moment, t } from "./i18n.js";
import { remove } from "./outbox.js";

function exportItem(item) {
  const link = el("a", { href: URL.createObjectURL(new Blob([JSON.stringify(item.body, null, 1)], { type: "application/json" })), download: `report-${item.id}.json` });
  link.click();
  URL.revokeObjectURL(link.href);
}

function row(item, sender) {
  const refused = item.state === "refused";
  const state = refused ? t("outbox.refused") : item.receipt ? t("outbox.photos", { n: item.photos.length }) : t("outbox.waiting");
  return el("li", { "data-id": item.id, "data-state": item.state }, el("div", { class: refused ? "refused" : "" },
    item.body.text.slice(0, 60), el("small", {}, `${state} · ${moment(item.created)}`), item.reason ? el("small", { class: refused ? "refused" : "" }, item.reason) : null,
    el("p", { class: "row" }, el("button", { type: "button", onclick: () => sender.retry(item.id) }, t("outbox.retry")),
      refused ? el("button", { type: "button", onclick: () => exportItem(item) }, t("outbox.export")) : null,
      refused ? el("button", { type: "button", onclick: async () => {
        if (!window.confirm(t("outbox.sure"))) return;
        await remove(item.id);
        await sender.schedule();
      } }, t("outbox.delete")) : null)));
}

/** List what has not arrived yet; hidden when there is nothing. */
export function showOutbox(items, sender) {
  const open = items.filter((item) => item.state !== "sent");
  const box = byId("outbox");
  box.hidden = !open.length;
  box.replaceChildren(el("h2", {}, t("outbox.title", { n: open.length })), el("p", { class: "hint" }, t("outbox.hint")),
    el("ul", {}, open.map((item) => row(item, sender))));
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
      [t("receipt.method"), `${t(`method.${receipt.method}`)}${receipt.border_distance_m === null ? "" : `（${t("event.to_border", { d: metres(receipt.border_distance_m) })}）`}`],
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
