// A table that the API gives page by page: the newest question wins, an empty one says what to do next.
import { ask, query } from "./api.js";
import { byId } from "./dom.js";
import { say } from "./fields.js";
import { number, t } from "./i18n.js";

/** Show an error above the table; none takes it away. */
export function problem(error) {
  if (error) say(byId("problem"), error);
  else byId("problem").hidden = true;
}

/** What a page does that could not even begin. */
export function failed(error) {
  problem(error);
  document.body.dataset.ready = "1";
}

/** A function that loads one page more, or from the beginning without a cursor. `words` begin the keys of its texts. */
export function pagedList({ path, filters, limit, lines, words }) {
  let round = 0, shown = 0;
  return async function load(cursor = "") {
    round += 1;
    const mine = round;
    try {
      const page = await ask(`${path}${query({ ...filters, limit, cursor })}`);
      if (mine !== round) return;
      problem(null);
      if (!cursor) {
        byId("rows").replaceChildren();
        shown = 0;
      }
      byId("rows").append(...page.items.flatMap(lines));
      shown += page.items.length;
      byId("table").hidden = !shown;
      byId("empty").hidden = shown > 0;
      byId("empty").textContent = t(Object.values(filters).some(Boolean) ? `${words}.none_found` : `${words}.none`);
      byId("more").hidden = !page.next;
      byId("more").onclick = () => load(page.next);
      byId("shown").textContent = shown ? t(page.next ? `${words}.shown_more` : `${words}.shown`, { n: number(shown) }) : "";
    } catch (error) {
      if (mine === round) problem(error);
    } finally {
      document.body.dataset.ready = "1";
    }
  };
}
