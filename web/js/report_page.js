// /report: one person in the street with a phone. Kept first, then sent; never lost, never doubled.
import { byId, later } from "./dom.js";
import { t } from "./i18n.js";
import { Locator } from "./locate.js";
import { Sender, all, keep, remove } from "./outbox.js";
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
  showOutbox(items, sender);
  const arrived = items.find((item) => item.id === latest && item.receipt && !shown.has(item.id));
  if (!arrived) return;
  shown.add(arrived.id);
  showReceipt(arrived, again);
});

function again() {
  byId("receipt").hidden = true;
  byId("text").focus();
}

function clearForm() {
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
    await keep(body, photos.items);
    latest = body.id;
    clearForm();
    window.scrollTo({ top: 0 });
    showOutbox(await all(), sender);
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
byId("relocate").addEventListener("click", () => {
  view.release();
  locator.start();
});
byId("pin-here").addEventListener("click", () => view.pinHere());
byId("datum").addEventListener("change", () => view.tell());
locator.start();
buildCategories().catch(() => {});
tidy().then(() => sender.flush(true)).finally(() => { document.body.dataset.ready = "1"; });
