// What somebody typed in the form of a step, kept by this tab until the step is taken; never photos.
const TYPED = "textarea, select, input:not([type=file])";
let who = ""; // one's own drafts only: the next to log in here does not see them

/** Whose drafts are kept. */
export function draftsOf(account) {
  who = account;
}

const key = (event, command) => `draft:${who}:${event}:${command}`;

function read(event, command) {
  try {
    return JSON.parse(sessionStorage.getItem(key(event, command))) ?? [];
  } catch {
    return [];
  }
}

/** Keep what the form says now. */
function keep(form, event, command) {
  const typed = [...form.querySelectorAll(TYPED)].filter((one) => one.name && (["radio", "checkbox"].includes(one.type) ? one.checked : one.value));
  try {
    sessionStorage.setItem(key(event, command), JSON.stringify(typed.map((one) => [one.name, one.value])));
  } catch {
    // no room, or none allowed: the form itself still has it
  }
}

export function dropDraft(event, command) {
  try {
    sessionStorage.removeItem(key(event, command));
  } catch {
    // nothing was kept
  }
}

/** Write into a form what was typed there before (else the words of `carried`), and keep what is typed from now on. */
export function drafted(form, event, command, carried = []) {
  const earlier = read(event, command);
  for (const [name, value] of earlier.length ? earlier : carried) {
    for (const one of form.querySelectorAll(`[name="${name}"]`)) {
      if (!["radio", "checkbox"].includes(one.type)) one.value = value;
      else if (one.value === value) one.checked = true;
    }
  }
  form.addEventListener("input", () => keep(form, event, command));
  form.addEventListener("change", () => keep(form, event, command));
}

/** The words of a form, for the next one: [[name, value]]. */
export const wordsOf = (form) => [...form.querySelectorAll("textarea")].filter((one) => one.value).map((one) => [one.name, one.value]);
