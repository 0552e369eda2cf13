// The menu on a phone, and a language switch that keeps the state in the address.
const burger = document.getElementById("burger");
const menu = burger.closest(".menu");

function show(open) {
  menu.classList.toggle("open", open);
  burger.setAttribute("aria-expanded", String(open));
}

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
    link.hash = location.hash;
  });
}
