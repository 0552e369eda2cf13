// The menu on a phone, a language switch that keeps the state in the address, logging in and out.
const burger = document.getElementById("burger");
const menu = burger.closest(".menu");
const who = document.getElementById("who"), logout = document.getElementById("logout"), enter = document.getElementById("enter");

const MOST_TOLD = 99;

function show(open) {
  menu.classList.toggle("open", open);
  burger.setAttribute("aria-expanded", String(open));
}

const narrow = window.matchMedia("(max-width: 1180px)");

const STEPS = ["snug", "tight"];

/** Where the entries do not fit beside the name they first draw closer, then fold. */
function fit() {
  menu.classList.remove(...STEPS);
  const bar = menu.parentElement, room = document.documentElement.clientWidth - parseFloat(getComputedStyle(bar).paddingRight);
  const over = () => menu.getBoundingClientRect().right > room + 1;
  if (narrow.matches) menu.classList.add("tight");
  else for (const step of STEPS) if (over()) menu.classList.add(step);
}

fit();
window.addEventListener("resize", fit);

burger.addEventListener("click", () => show(!menu.classList.contains("open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu.classList.contains("open")) {
    show(false);
    burger.focus();
  }
});
document.addEventListener("click", (event) => {
  if (!menu.contains(event.target)) show(false);
});
for (const link of document.querySelectorAll("a.lang")) {
  link.addEventListener("click", () => {
    const here = new URL(location.href);
    here.searchParams.set("lang", link.hreflang);
    link.href = here.search + here.hash;
  });
}

enter?.addEventListener("click", async (event) => {
  event.preventDefault();
  const { loginAddress } = await import("./session.js");
  location.assign(loginAddress());
});

logout?.addEventListener("click", async () => {
  const [{ tell }, { t }, { all }] = await Promise.all([import("./api.js"), import("./i18n.js"), import("./outbox.js")]);
  const unsent = (await all().catch(() => [])).filter((item) => item.state !== "sent").length;
  if (unsent && !window.confirm(t("nav.unsent", { n: unsent }))) return;
  try {
    await tell("DELETE", "/api/v1/session");
  } catch (error) {
    if (error.status !== 401) {
      window.alert(t("nav.logout_failed", { reason: error.message }));
      return;
    }
  }
  location.assign("/");
});

/** How many notices are unread, beside the way to them. */
export function bell(unread) {
  const link = document.getElementById("bell");
  if (!link) return;
  link.hidden = !unread;
  link.querySelector("b").textContent = unread > MOST_TOLD ? `${MOST_TOLD}+` : String(unread);
  fit();
}

// Asked once a page, of whoever is logged in; the inbox tells it itself.
if (document.getElementById("bell") && location.pathname !== "/inbox") {
  fetch("/api/v1/notices?unread=true&limit=1", { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : { unread: 0 })).then(({ unread }) => bell(unread)).catch(() => {});
}

// A page that a phone keeps knows nobody: who is logged in comes after it, from the server or not at all.
if (menu.dataset.late) {
  const [{ session }, { listed, title }] = await Promise.all([import("./session.js"), import("./i18n.js")]);
  const { account, roles, permissions } = await session().catch(() => ({ account: null, permissions: [] }));
  for (const link of menu.querySelectorAll("[data-need]")) link.hidden = !link.dataset.need.split(" ").some((need) => permissions.includes(need));
  if (account) {
    who.querySelector("strong").textContent = account.display_name;
    who.querySelector("small").textContent = listed([...new Set(roles.map(title))]);
  }
  who.hidden = logout.hidden = !account;
  enter.hidden = Boolean(account);
  fit();
}
