// The reporter's form: big buttons for what is common, a list for the rest, and the body that is sent.
import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { label, lang, t, title } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { shrink } from "./photo.js";

const MOST_PHOTOS = 6;
const QUICK = [
  "gbt47678.5-2026:matter:10001", "gov-p:request:P03", "gbt47678.5-2026:matter:06010", "gbt47678.5-2026:matter:09012",
  "gov-s:request:S0202", "gbt47678.5-2026:matter:09009", "gbt47678.5-2026:matter:09006", "gbt47678.5-2026:matter:06013",
  "gbt47678.5-2026:component:01037", "gbt47678.5-2026:matter:06028", "gov-p:request:P02", "gov-s:request:S0101",
];

async function categories() {
  const kept = `wangge-categories-${lang}`;
  try {
    const tree = await ask("/api/v1/categories");
    localStorage.setItem(kept, JSON.stringify(tree));
    return tree;
  } catch (error) {
    const tree = localStorage.getItem(kept); // a phone without network knows the list it saw last
    if (!tree) throw error;
    return JSON.parse(tree);
  }
}

/** Buttons and list of categories; either chooses. Works without network: the buttons are always there. */
export async function buildCategories() {
  byId("categories").replaceChildren(...QUICK.map((key, at) => el("label", {},
    el("input", { type: "radio", name: "category", value: key, onchange: () => { byId("category-all").value = ""; } }),
    el("i", { "aria-hidden": "true" }, t(`quick.${at + 1}.char`)), el("span", {}, t(`quick.${at + 1}`)))));
  const select = byId("category-all");
  select.replaceChildren(el("option", { value: "" }, t("report.category_none")));
  select.addEventListener("change", () => {
    for (const radio of document.querySelectorAll("input[name=category]")) radio.checked = false;
  });
  const tree = await categories();
  select.append(...tree.map((family) => el("optgroup", { label: title(family) },
    (family.children?.length ? family.children : [family]).map((one) => el("option", { value: one.key }, title(one))))));
}

const chosenCategory = () => document.querySelector("input[name=category]:checked")?.value || byId("category-all").value;

/** Photos picked so far; `blobs` go to the outbox. */
export class Photos {
  constructor() {
    this.items = [];
    byId("photo").addEventListener("change", (event) => this.add([...event.target.files]));
  }

  async add(files) {
    for (const file of files.slice(0, MOST_PHOTOS - this.items.length)) {
      const made = await shrink(file).catch(() => null);
      if (made && !this.items.some((one) => one.sha256 === made.sha256)) this.items.push(made);
      else if (!made) showProblem(t("report.bad_photo"));
    }
    byId("photo").value = "";
    this.write();
  }

  clear() {
    this.items = [];
    this.write();
  }

  set(items) {
    this.items = [...items];
    this.write();
  }

  write() {
    for (const old of byId("photos").querySelectorAll("img")) URL.revokeObjectURL(old.src);
    byId("photos").replaceChildren(...this.items.map((one, at) => el("li", {},
      el("img", { src: URL.createObjectURL(one.blob), alt: t("report.photo_n", { n: at + 1 }) }),
      el("button", { type: "button", "aria-label": t("report.photo_remove", { n: at + 1 }), onclick: () => {
        this.items.splice(at, 1);
        this.write();
      } }, "×"))));
  }
}

export function showProblem(text) {
  const box = byId("problem");
  box.textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "center" });
}

const TYPED = ["text", "address", "contact-name", "contact-phone"];
// What the server refuses too: control characters but line breaks and tabs, and halves of characters.
const UNUSABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Cs}/u;
const text = (id) => byId(id).value.trim().normalize("NFC");

function address() {
  const [kind, code] = byId("place").value.split(/:(.*)/s);
  const found = {};
  if (text("address")) found.text = text("address");
  if (kind && code) found[kind] = code;
  return Object.keys(found).length ? found : null;
}

function contact() {
  const found = {};
  if (text("contact-name")) found.name = text("contact-name");
  if (text("contact-phone")) found.phone = text("contact-phone");
  return Object.keys(found).length ? found : null;
}

/** The report as it is sent, or what is missing: {body} or {missing, field}. */
export function compose(place, photos) {
  if (!place) return { missing: t("report.need_place"), field: "pin-here" };
  const category = chosenCategory();
  if (!category) return { missing: t("report.need_category"), field: "category-all" };
  if (!text("text")) return { missing: t("report.need_text"), field: "text" };
  const odd = TYPED.find((id) => UNUSABLE.test(text(id)));
  if (odd) return { missing: t("report.bad_character"), field: odd };
  const body = {
    id: uuid7(), category, text: text("text"),
    geometry: { type: "Point", coordinates: [place.lon, place.lat] }, coord_sys: place.coord_sys,
    reported_at: new Date().toISOString(), source: "resident_code",
    urgency: document.querySelector("input[name=urgency]:checked").value, confidential: byId("confidential").checked,
  };
  if (place.accuracy_m !== null) body.accuracy_m = place.accuracy_m;
  if (address()) body.address = address();
  if (contact()) body.contact = contact();
  if (byId("occurred").value) body.occurred_at = new Date(byId("occurred").value).toISOString();
  if (photos.length) body.photos = photos.map((one) => one.sha256);
  return { body };
}
