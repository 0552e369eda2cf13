// What a map shows lives in the address after #, so that a link shows somebody else the same.
const LISTS = new Set(["source", "types"]);

/** Read the state from the address; unknown names are kept out. */
export function readState(defaults) {
  const found = { ...defaults }, search = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(defaults)) {
    if (!search.has(name)) continue;
    const text = search.get(name).slice(0, 500);
    found[name] = LISTS.has(name) ? text.split(",").filter(Boolean) : text;
  }
  return found;
}

/** Write what differs from the defaults, and where the map stands. */
export function writeState(state, defaults, map) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
    const usual = Array.isArray(defaults[name]) ? defaults[name].join(",") : String(defaults[name] ?? "");
    if (text !== usual) search.set(name, text);
  }
  const at = map.getCenter();
  search.set("at", `${map.getZoom()}/${at.lat.toFixed(5)}/${at.lng.toFixed(5)}`);
  history.replaceState(null, "", `#${search}`);
}

/** Put the map where the address says; false when it says nothing usable. */
export function restoreView(map) {
  const [zoom, lat, lon] = (new URLSearchParams(location.hash.slice(1)).get("at") ?? "").split("/").map(Number);
  if (![zoom, lat, lon].every(Number.isFinite) || Math.abs(lat) > 85 || Math.abs(lon) > 180) return false;
  map.setView([lat, lon], zoom, { animate: false });
  return true;
}
