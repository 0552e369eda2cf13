// /login: name and password, then the code of two-step verification when the account asks for it.
import { reason, tell } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { forget, safeNext } from "./session.js";

const form = byId("login-form");

function next() {
  const wanted = safeNext(new URLSearchParams(location.search).get("next"));
  return wanted.includes("#") ? wanted : wanted + location.hash; // browsers carry the fragment over a redirect
}

function say(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

/** The second step takes the place of the first; going back forgets the password. */
function step(second) {
  byId("first").hidden = second;
  byId("second").hidden = byId("back").hidden = !second;
  document.body.classList.toggle("second-step", second);
  byId("code").value = "";
  if (!second) byId("password").value = "";
  byId(second ? "code" : "username").focus();
}

function waiting(seconds) {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  const at = new Date(Date.now() + seconds * 1000);
  const clock = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  return t("login.too_many", { n: minutes, time: clock });
}

function refused(error) {
  if (error.code === "code_required" && byId("second").hidden) {
    step(true);
    return;
  }
  if (error.status === 429 && error.retryAfter) say(waiting(error.retryAfter));
  else say(reason(error));
  const again = byId(byId("second").hidden ? "password" : "code");
  again.value = "";
  again.focus();
}

async function submit(event) {
  event.preventDefault();
  say("");
  const [username, password, code] = ["username", "password", "code"].map((id) => byId(id).value);
  if (!username.trim() || !password) {
    say(t("login.need_both"));
    byId(username.trim() ? "password" : "username").focus();
    return;
  }
  byId("send").disabled = true;
  try {
    const body = { username: username.trim(), password };
    if (code.trim()) body.code = code.replace(/\s/g, "");
    const found = await tell("POST", "/api/v1/session", body);
    forget();
    location.assign(found?.must_change ? `/account?next=${encodeURIComponent(next())}` : next());
  } catch (error) {
    refused(error);
  } finally {
    byId("send").disabled = false;
  }
}

form.addEventListener("submit", submit);
byId("back").addEventListener("click", () => {
  say("");
  step(false);
});
for (const button of document.querySelectorAll("[data-username]")) {
  button.addEventListener("click", () => {
    byId("username").value = button.dataset.username;
    byId("password").focus();
  });
}
if (byId("go-on")) byId("go-on").href = next();
if (byId("oidc")) byId("oidc").href += `?next=${encodeURIComponent(next())}`;
byId("username").focus({ preventScroll: true });
document.body.dataset.ready = "1";
