// /events/{id}: one event whole, and what may be done with it now.
import { ask, query } from "./api.js";
import { byId } from "./dom.js";
import { writeActions } from "./event_actions.js";
import { showPlace } from "./event_map.js";
import { about, callDepartments, clocks, dispatch, head, history, photos, place, related, rounds } from "./event_parts.js";
import { categoryOf, t, title } from "./i18n.js";
import { failed, problem } from "./paged_list.js";
import { session } from "./session.js";

const id = document.body.dataset.event;
const path = `/api/v1/events/${encodeURIComponent(id)}`;
const state = { event: null, version: 0, actions: [], whistle: false, me: "" };
let blows = false;

const put = (name, parts) => byId(name).replaceChildren(...[parts].flat(Infinity).filter(Boolean));

/** A part of its own that may be missing: it shows when there is something. */
function box(name, parts) {
  byId(`${name}-box`).hidden = !parts;
  put(name, parts ?? []);
}

function write() {
  const { event } = state;
  document.title = `${categoryOf(event)} ${event.number} · ${t("app.brand")}`;
  put("head", head(event));
  put("about", about(event));
  put("clocks", clocks(event));
  put("place", place(event));
  put("log", history(event.log));
  box("photos", photos(event));
  box("rounds", event.rounds.length ? rounds(event) : null);
  state.whistle = blows && !event.closed_at;
  writeActions(state, { done, renew }); // the same object always: an open form goes on with what is read anew
  byId("loading").hidden = true;
  byId("case").hidden = false;
}

async function around() {
  const { event } = state;
  await showPlace(event);
  const why = await ask(`${path}/dispatch`);
  box("why", why.decisions.length ? dispatch(why) : null);
  const near = event.closed_at ? [] : (await ask(`/api/v1/events/similar${query({ lon: event.lon, lat: event.lat, coord_sys: "wgs84", category: event.category })}`)).events;
  box("related", related(event, near));
}

/** The event and the steps of one version; of an older one nothing is shown together with a newer one. */
async function read() {
  for (;;) {
    const [event, now] = [await ask(path), await ask(`${path}/actions`)];
    if (event.version === now.version) return Object.assign(state, { event, version: now.version, actions: now.items });
  }
}

async function done(action) {
  const said = byId("said");
  said.replaceChildren(t("case.done", { step: title(action) }));
  said.hidden = false;
  try {
    await read();
  } catch (error) {
    if (error.status !== 404) throw error;
    byId("case").querySelector(".split").hidden = true; // it went to others, as what was refused does
    said.replaceChildren(t("case.left", { step: title(action) }));
    said.focus();
    return said;
  }
  write();
  if (document.activeElement === document.body) said.focus(); // at once, and not away from where somebody went meanwhile
  await around();
  return said;
}

/** Somebody else was quicker: all but the open form is written anew. */
async function renew() {
  await read();
  write();
  await around();
}

async function start() {
  const [{ permissions, account }, departments] = await Promise.all([session(), ask("/api/v1/departments")]);
  callDepartments(departments);
  state.me = account?.username ?? "";
  await read();
  blows = permissions.includes("whistle.blow");
  write();
  await around().catch(problem);
  document.body.dataset.ready = "1";
}

start().catch((error) => {
  byId("loading").hidden = true;
  failed(error);
});
