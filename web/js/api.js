// Our API: JSON in and out; a refusal is an ApiError with the reason in the reader's language.
import { lang, t } from "./i18n.js";
import { forget, session, sessionEnded } from "./session.js";

const SAFE = new Set(["GET", "HEAD"]);
const KINDS = "application/json, application/geo+json, application/problem+json";

export class ApiError extends Error {
  constructor(status, problem, retryAfter = 0) {
    const detail = lang === "en" ? problem.detail_en || problem.detail : problem.detail;
    super(detail || problem.title || t("error.status", { status }));
    this.status = status;
    this.both = { zh: problem.detail || this.message, en: problem.detail_en || this.message }; // zh if it was asked in Chinese
    this.code = problem.code ?? "";
    this.field = problem.field ?? null;
    this.facts = problem;
    this.retryAfter = retryAfter; // seconds
  }
}

/** One request; a change made in a session carries the token that proves it is our page that asks. */
async function send(path, options) {
  const headers = { Accept: KINDS, "Accept-Language": lang, ...options.headers };
  if (!SAFE.has(options.method ?? "GET") && options.credentials !== "omit") {
    const { csrf } = await session();
    if (csrf) headers["X-CSRF-Token"] = csrf;
  }
  return fetch(path, { ...options, headers });
}

async function refusal(response) {
  const after = Number(response.headers.get("Retry-After"));
  return new ApiError(response.status, await response.json().catch(() => ({})), Number.isFinite(after) ? after : 0);
}

/** Ask and read JSON; throws ApiError (the server refused) or TypeError (the server was not reached). */
export async function ask(path, options = {}) {
  for (let round = 1; ; round += 1) {
    const response = await send(path, options);
    if (response.ok) return response.status === 204 ? null : response.json();
    const error = await refusal(response);
    if (round === 1 && error.status === 403 && error.code.startsWith("csrf")) {
      forget(); // the session is another one than when this page opened: ask for its token, once
      continue;
    }
    if (error.code === "login_required") sessionEnded();
    if (error.code === "password_change_required" && location.pathname !== "/account") location.assign("/account");
    throw error;
  }
}

/** Tell the API to change something: `body` goes as JSON. */
export function tell(method, path, body, headers = {}) {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  return ask(path, { method, headers: { ...json, ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
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
