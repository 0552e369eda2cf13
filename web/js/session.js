// Who is logged in: asked once a page and kept in memory only, so that no cache ever holds it.
let asked = null;

const PUBLIC = /^\/(report|track(\/.*)?|login|statistics)?$/;

/** The answer of /api/v1/session; asked again after `forget`, or when it could not be had. */
export function session() {
  asked ??= fetch("/api/v1/session", { headers: { Accept: "application/json" }, cache: "no-store" }).then((response) => {
    if (!response.ok) throw new TypeError(`session: ${response.status}`);
    return response.json();
  });
  asked.catch(forget);
  return asked;
}

const typed = new Set(); // fields somebody wrote in
for (const name of ["input", "change"]) document.addEventListener(name, ({ target }) => typed.add(target), true);

/** Whether something is typed in `root` that is not sent: in a form that can be refused, not in one that only filters. */
export function written(root = document) {
  for (const one of typed) if (!one.isConnected) typed.delete(one);
  return [...typed].some((one) => one.value !== "" && root.contains(one) && one.closest("form:not(#filter-form)")?.querySelector(".problem"));
}

/** A page where somebody is writing is not left when the session ends: its lines of problems say where to log in. */
export const staying = () => !PUBLIC.test(location.pathname) && (document.querySelector("dialog[open], #act") !== null || written());

export function forget() {
  asked = null;
}

/** Where to log in and come back to this very view. */
export function loginAddress() {
  const here = location.pathname + location.search + location.hash;
  return here === "/" || location.pathname === "/login" ? "/login" : `/login?next=${encodeURIComponent(here)}`;
}

/** The session ended while a page was open that needs one: log in, then come back. Public pages stay as they are. */
export function sessionEnded() {
  forget();
  if (PUBLIC.test(location.pathname) || staying()) return;
  location.assign(loginAddress());
  setTimeout(() => location.assign(loginAddress()), 3000); // seen once: the page stayed where it was
}

/** An address of ours that somebody may be sent to after logging in; "/" for any other. */
export function safeNext(wanted, fallback = "/") {
  if (!wanted || !wanted.startsWith("/")) return fallback;
  try {
    const url = new URL(wanted, location.origin);
    if (url.origin !== location.origin || url.pathname === "/login") return fallback;
    if (/^[/\\]{2}/.test(url.pathname)) return fallback; // without its dot segments a path may be a host: /.//evil.example
    return url.pathname + url.search + url.hash;
  } catch {
    return fallback;
  }
}
