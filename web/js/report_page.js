// /report: one person in the street with a phone. Kept first, then sent; never lost, never doubled.
import { byId, later } from "./dom.js";
import { t } from "./i18n.js";
import { Locator } from "./locate.js";
import { Sender, all, keep, remove } from "./outbox.js";
import { fillForm } from "./report_edit.js";
import { Photos, buildCategories, compose, showProblem } from "./report_form.js";
import { ReportMap, offerPlaces } from "./report_map.js";
import { showOutbox, showReceipt } from "./report_outbox.js";

const KEPT_RECEIPTS = 20;
const shown = new Set();
let latest = null;

const photos = new Photos();
const nearby = later((place) => offerPlaces(byId("place"), place), 400);
const view = new ReportMap({
  bbox: document.body.dataset.bbox.split(",").map(Number), isSample: Boolean(document.body.dataset.sample),
  tiles: document.body.dataset.tiles && { url: document.body.dataset.tiles, attribution: document.body.dataset.tilesBy },
  datum: () => byId("datum").value, onPlace: (place) => nearby(place),
});
const locator = new Locator({
  onFix: (fix) => view.take(fix),
  onState: (kind, text) => {
    byId("fix").className = `fix ${kind}`.trim();
    byId("fix").textContent = text;
  },
});
const sender = new Sender((items) => {
  showOutbox(items, sender, edit);
  const arrived = items.find((item) => item.id === latest && item.receipt && !shown.has(item.id));
  if (!arrived) return;
  shown.add(arrived.id);
  showReceipt(arrived, again);
});

// The item that is being corrected: it goes when its correction is kept, and not before.
const edit = {
  id: null,
  async start(item) {
    if (!edit.id && byId("text").value.trim() && !window.confirm(t("outbox.overwrite"))) return;
    edit.id = item.id;
    fillForm(item, view, photos);
    showProblem("");
    byId("receipt").hidden = true;
    showOutbox(await all(), sender, edit);
    byId("text").focus({ preventScroll: true });
    byId("report-form").scrollIntoView();
  },
  async stop() {
    clearForm();
    follow();
    showOutbox(await all(), sender, edit);
  },
};

/** The pin goes where the device is. */
function follow() {
  view.release();
  locator.start();
}

function again() {
  byId("receipt").hidden = true;
  byId("text").focus();
}

function clearForm() {
  edit.id = null;
  for (const id of ["text", "address", "occurred"]) byId(id).value = "";
  byId("place").value = "";
  byId("category-all").value = "";
  for (const radio of document.querySelectorAll("input[name=category]")) radio.checked = false;
  document.querySelector("input[name=urgency][value=normal]").checked = true;
  photos.clear();
}

async function submit(event) {
  event.preventDefault();
  showProblem("");
  const { body, missing, field } = compose(view.place(), photos.items);
  if (missing) {
    showProblem(missing);
    byId(field).focus({ preventScroll: true });
    return;
  }
  byId("send").disabled = true;
  try {
    const refusal = await view.refusal();
    if (refusal) {
      showProblem(t("report.not_sent", { reason: refusal }));
      view.show();
      return;
    }
    await keep(body, photos.items, edit.id);
    latest = body.id;
    if (edit.id) follow(); // the place belonged to the report that was corrected
    clearForm();
    window.scrollTo({ top: 0 });
    showOutbox(await all(), sender, edit);
    await sender.flush(true);
  } catch {
    showProblem(t("report.not_kept")); // nothing was stored on this phone, so the form stays as it is
  } finally {
    byId("send").disabled = false;
  }
}

async function tidy() {
  const sent = (await all()).filter((item) => item.state === "sent").sort((a, b) => b.created - a.created);
  for (const item of sent.slice(KEPT_RECEIPTS)) await remove(item.id);
}

byId("report-form").addEventListener("submit", submit);
byId("relocate").addEventListener("click", follow);
byId("pin-here").addEventListener("click", () => view.pinHere());
byId("datum").addEventListener("change", () => view.tell());
locator.start();
buildCategories().catch(() => {});
// Browsers have service workers only where the page came encrypted, or from this very machine.
navigator.serviceWorker?.register("/report-worker.js", { scope: "/report" }).catch(() => {});
tidy().then(() => sender.flush(true)).finally(() => { document.body.dataset.ready = "1"; });
