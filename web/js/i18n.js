// Texts of the page: one JSON catalogue a language, Chinese first; numbers and times in the reader's language.
export const lang = document.documentElement.lang || "zh-CN";
const texts = await load();

async function load() {
  const response = await fetch(`/static/lang/${lang}.json`);
  if (!response.ok) throw new Error(`catalogue ${lang}: ${response.status}`);
  return response.json();
}

/** The text of a key with {name} replaced; a missing key shows itself, so that it is seen and mended. */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const has = (key) => key in texts;

/** The label of something that carries both languages. */
export function label(thing) {
  if (!thing) return "";
  const [zh, en] = [thing.label_zh ?? thing.name_zh ?? thing.zh, thing.label_en ?? thing.name_en ?? thing.en];
  return (lang === "en" ? en || zh : zh || en) ?? thing.name ?? thing.code ?? "";
}

const numbers = new Intl.NumberFormat(lang);
const percents = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(lang, {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  hour12: false, timeZone: "Asia/Shanghai",
});

export const number = (value) => (value === null || value === undefined ? "—" : numbers.format(value));
export const percent = (value) => (value === null || value === undefined ? t("app.none") : percents.format(value));
export const moment = (iso) => (iso ? moments.format(new Date(iso)) : "—");
export const metres = (value) => (value === null || value === undefined ? "—" : t("app.metres", { n: number(Math.round(value)) }));
