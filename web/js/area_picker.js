// Choosing an area of the tree: one select a level, from the areas one may administer downwards.
import { ask, query } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

const below = new Map(); // code -> promise of its children, as long as the page lives

function children(code) {
  if (!below.has(code)) below.set(code, ask(`/api/v1/areas${query({ parent: code })}`));
  below.get(code).catch(() => below.delete(code));
  return below.get(code);
}

/** Areas in which somebody holds a permission, by the roles held now; those inside another are left out. */
export function areasOf(found, roles, permission) {
  const granting = new Set(roles.filter((role) => role.permissions.includes(permission)).map((role) => role.code));
  const held = found.roles.filter((role) => role.area && granting.has(role.role)).map((role) => role.area);
  const unique = [...new Map(held.map((area) => [area.code, area])).values()];
  return unique.filter((area) => !unique.some((other) => other !== area && area.code.startsWith(other.code)));
}

/**
 * A field whose value is the code of an area, in a hidden input called `name`.
 * `roots`: [{code, name}] to begin with; `any`: the text of choosing none, which is not offered without it; `chosen`:
 * the code that is chosen at first.
 */
export function areaPicker({ name, label, roots, any = "", chosen: wanted = "", onChange = () => {} }) {
  const value = el("input", { type: "hidden", name });
  const rows = el("div", { class: "cascade" });
  const box = el("fieldset", { class: "field area" }, el("legend", {}, label), rows, value);

  function set(code, quiet = false) {
    value.value = code;
    if (!quiet) onChange(code);
  }

  async function level(parent, depth) {
    const found = parent ? await children(parent.code).catch(() => []) : roots;
    if (!found.length || rows.children.length > depth) return; // a leaf, or another choice overtook this one
    const none = parent ? t("area.whole", { name: parent.name }) : any;
    const fixed = !parent && found.length === 1 && !any;
    const select = el("select", { "aria-label": parent ? t("area.below", { name: parent.name }) : label, disabled: fixed },
      none ? el("option", { value: "" }, none) : null,
      found.map((one) => el("option", { value: one.code }, one.name)));
    select.addEventListener("change", async () => {
      const chosen = found.find((one) => one.code === select.value);
      while (rows.children.length > depth + 1) rows.lastChild.remove();
      set(chosen ? chosen.code : parent ? parent.code : "");
      if (chosen) await level(chosen, depth + 1);
    });
    rows.append(parent || fixed ? el("label", {}, el("small", { class: "hint" }, parent ? t("area.below", { name: parent.name }) : t("area.only")), select) : select);
    const first = found.find((one) => wanted.startsWith(one.code)) ?? (none ? null : found[0]);
    if (first) {
      select.value = first.code;
      set(first.code, true);
      await level(first, depth + 1);
    }
  }

  level(null, 0);
  return box;
}

/** For which city something is: everywhere only for who may set rules of everywhere. `more` as of `areaPicker`. */
export const cityPicker = (known, more = {}) => areaPicker({ name: "city", label: t("rules.for_city"), roots: known.roots, any: known.everywhere ? t("rules.everywhere") : "", ...more });
