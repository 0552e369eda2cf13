// The photos a step announced follow it; those that did not arrive are offered again.
import { ask, reason } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

/** Send photos to `address(sha256)`; true when all arrived. `said` tells what did not, and gets the event `photos` when it has. */
export async function sendPhotos(address, photos, said) {
  const failed = [];
  for (const one of photos) {
    try {
      await ask(address(one.sha256), { method: "PUT", headers: { "Content-Type": one.blob.type }, body: one.blob });
    } catch (error) {
      failed.push([one, error]);
    }
  }
  if (!failed.length) return true;
  said.append(" ", el("span", { class: "said" }, t("act.photos_missing", { n: failed.length, reason: reason(failed[0][1]) })), " ",
    el("button", { type: "button", onclick: async (event) => {
      event.target.parentElement.querySelectorAll(".said, button").forEach((old) => old.remove());
      if (await sendPhotos(address, failed.map(([one]) => one), said)) said.dispatchEvent(new Event("photos"));
    } }, t("act.send_again")));
  return false;
}
