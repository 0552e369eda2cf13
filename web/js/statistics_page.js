// /statistics: what everybody may know, by area and month; small counts are withheld, and say so in words.
import { ask, query, reason } from "./api.js";
import { byId, el } from "./dom.js";
import { choice, field } from "./fields.js";
import { moment, number, t } from "./i18n.js";
document.body.dataset.ready = "1";
