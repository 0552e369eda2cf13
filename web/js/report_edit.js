// A report that was not accepted goes back into the form, whole, to be corrected and sent as a new one.
import { byId, el } from "./dom.js";

function choose(select, value, name = value) {
  select.value = value;
  if (select.value === value) return;
  select.append(el("option", { value }, name)); // the list may not have come, or stands elsewhere by now
  select.value = value;
}

function chooseCategory(key) {
  byId("category-all").value = "";
  let found = false;
  for (const radio of document.querySelectorAll("input[name=category]")) {
    radio.checked = radio.value === key;
    found ||= radio.checked;
  }
  if (!found) choose(byId("category-all"), key);
}

/** The moment as a date-time field wants it: local, to the minute. */
function localMoment(iso) {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** Write a kept report into the form: every field, its place and its photos. */
export function fillForm({ body, photos: kept }, view, photos) {
  const { text: address = "", ...near } = body.address ?? {};
  const [place] = Object.entries(near);
  byId("text").value = body.text;
  byId("address").value = address;
  if (place) choose(byId("place"), place.join(":"), place[1]);
  else byId("place").value = "";
  chooseCategory(body.category);
  byId("contact-name").value = body.contact?.name ?? "";
  byId("contact-phone").value = body.contact?.phone ?? "";
  byId("confidential").checked = body.confidential;
  byId("occurred").value = body.occurred_at ? localMoment(body.occurred_at) : "";
  document.querySelector(`input[name=urgency][value="${body.urgency}"]`).checked = true;
  byId("datum").value = body.coord_sys;
  const [lon, lat] = body.geometry.coordinates;
  view.restore({ lon, lat, coord_sys: body.coord_sys, accuracy_m: body.accuracy_m ?? null });
  photos.set(kept);
}
