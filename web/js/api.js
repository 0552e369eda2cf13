// Our API: JSON in and out; a refusal is an ApiError with the reason in the reader's language.
import { lang, t } from "./i18n.js";

export class ApiError extends Error {
  constructor(status, problem) {
    const detail = lang === "en" ? problem.detail_en || problem.detail : problem.detail;
    super(detail || problem.title || t("error.status", { status }));
    this.status = status;
    this.both = { zh: problem.detail || this.message, en: problem.detail_en || this.message }; // zh if it was asked in Chinese
    this.code = problem.code ?? "";
    this.field = problem.field ?? null;
  }
}

/** Ask and read JSON; throws ApiError (the server refused) or TypeError (the server was not reached). */
export async function ask(path, options = {}) {
  const response = await fetch(path, {
    ...options,
    headers: { Accept: "application/json, application/geo+json, application/problem+json", "Accept-Language": lang, ...options.headers },
  });
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new ApiError(response.status, await response.json().catch(() => ({})));
}

/** What to tell a person about a failure. */
export function reason(error) {
  if (error instanceof ApiError) return error.message;
  return error instanceof TypeError ? t("error.unreachable") : String(error.message || error);
}

/** Query string of the values that are set; arrays are joined by commas. */
export function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text !== null && text !== undefined && text !== "") search.set(name, text);
  }
  const written = search.toString();
  return written ? `?${written}` : "";
}
