// Texts of the page: one JSON catalogue a language, Chinese first; numbers and times in the reader's language.
export const lang = document.documentElement.lang || "zh-CN";
const texts = await load();

async function load() {
  const response = await fetch(`/static/lang/${lang}.json`);
  if (!response.ok) throw new Error(`catalogue ${lang}: ${response.status}`);
  return response.json();
}

/** The text of a key with {name} replaced, {name|one|many} by how many; a missing key shows itself, so that it is seen and mended. */
export function t(key, values = {}) {
  const text = (texts[key] ?? key).replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, name, one, many) => (String(values[name]) === "1" ? one : many));
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const has = (key) => key in texts;

/** The label of something that carries both languages. */
export function label(thing) {
  if (!thing) return "";
  const [zh, en] = [thing.label_zh ?? thing.name_zh ?? thing.zh, thing.label_en ?? thing.name_en ?? thing.en];
  return (lang === "en" ? en || zh : zh || en) ?? thing.name ?? thing.code ?? "";
}

/** A label that stands alone: English begins with a capital there. */
export function title(thing) {
  const text = label(thing);
  return lang === "en" ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Names in a row, and something said beside, with the reader's punctuation. */
export const listed = (names) => names.join(lang === "en" ? ", " : "、");
export const aside = (text) => (lang === "en" ? ` (${text})` : `（${text}）`);

/** The category of an event or a report, in the reader's language. */
export const categoryOf = (thing) => title({ zh: thing.category_zh, en: thing.category_en, code: thing.category });

const numbers = new Intl.NumberFormat(lang);
const percents = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(lang, {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  hourCycle: "h23", timeZone: "Asia/Shanghai",
});

export const number = (value) => (value === null || value === undefined ? "—" : numbers.format(value));
export const percent = (value) => (value === null || value === undefined ? t("app.none") : percents.format(value));
/** A moment as 2026-11-22 10:30, the same in both languages. */
export function moment(iso) {
  if (!iso) return "—";
  const part = Object.fromEntries(moments.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`;
}

export const metres = (value) => (value === null || value === undefined ? "—" : t("app.metres", { n: number(Math.round(value)) }));
