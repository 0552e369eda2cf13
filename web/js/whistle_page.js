// /whistles/{id}: one whistle whole, and what may be done with it now.
import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { t, title } from "./i18n.js";
import { failed } from "./paged_list.js";
import { PlaceMap } from "./place_map.js";
import { sendPhotos } from "./send_photos.js";
import { about, answer, head, history } from "./whistle_parts.js";
import { steps } from "./whistle_steps.js";

const path = `/api/v1/whistles/${encodeURIComponent(document.body.dataset.whistle)}`;
const state = { whistle: null };
const hooks = { done, refused: () => { byId("said").hidden = true; } };

function write() {
  const { whistle } = state;
  document.title = `${t("whistle.of", { area: whistle.area.name })} · ${t("app.brand")}`;
  byId("head").replaceChildren(...head(whistle).filter(Boolean));
  byId("about").replaceChildren(...about(whistle), ...[steps(state, null, hooks)].filter(Boolean));
  byId("answers").replaceChildren(...whistle.departments.map((unit) => el("article", { class: "answer", id: `of-${unit.code}` }, answer(whistle, unit), steps(state, unit, hooks))));
  const idle = !whistle.allowed.length && !whistle.departments.some((unit) => unit.allowed.length);
  byId("idle").textContent = t(whistle.closed_at ? "whistle.finished" : "whistle.idle");
  byId("idle").hidden = !idle;
  byId("log").replaceChildren(history(whistle));
  byId("whole").hidden = false;
}

async function read() {
  state.whistle = await ask(path);
  write();
}

async function done(step, { photos, address }) {
  const said = byId("said");
  said.replaceChildren(t("case.done", { step: title(step) }));
  said.hidden = false;
  await read();
  said.focus();
  if (!photos.length) return;
  said.addEventListener("photos", read, { once: true });
  if (await sendPhotos(address, photos, said)) await read();
}

async function start() {
  await read();
  new PlaceMap(byId("map"), { label: t("whistle.place") }).show(state.whistle, 17);
  document.body.dataset.ready = "1";
}

start().catch(failed);
