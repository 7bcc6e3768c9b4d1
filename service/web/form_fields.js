/** Labelled fields with a place for what is wrong with them, and drafts of forms. */

import { h } from "./h.js";

/**
 * @param {string} name of the input, and of what the API calls it
 * @param {string} label
 * @param {import("./h.js").Attrs & {tag?: string, hint?: string, all?: boolean}} [attrs] of the input; `all`:
 *   as wide as the form
 * @param {...import("./h.js").Child} options of a select
 */
export function field(name, label, { tag = "input", hint, all, ...attrs } = {}, ...options) {
  const described = [hint && `${name}-hint`, `${name}-error`].filter(Boolean).join(" ");
  return h(
    "div",
    { class: all ? "all" : null },
    h("label", { for: name }, label),
    h(tag, { id: name, name, "aria-describedby": described, ...attrs }, ...options),
    hint && h("p.hint", { id: `${name}-hint` }, hint),
    errorPlace(name),
  );
}

/** @param {string} name */
export function errorPlace(name) {
  return h("p.error-text", { id: `${name}-error` });
}

/** @param {string} name @param {string} label @param {[string, string][]} choices @param {any} [attrs] */
export function choice(name, label, choices, attrs = {}) {
  return field(name, label, { tag: "select", ...attrs }, ...choices.map(([value, text]) => h("option", { value }, text)));
}

/** @param {HTMLFormElement} form @returns {Record<string, string | boolean>} what stands in it, by name */
export function valuesOf(form) {
  /** @type {Record<string, string | boolean>} */
  const values = {};
  for (const input of form.elements) {
    if (!input.name || (input.type === "radio" && !input.checked)) continue;
    values[input.name] = input.type === "checkbox" ? input.checked : input.value;
  }
  return values;
}

/** @param {HTMLFormElement} form @param {Record<string, any>} values */
export function putValues(form, values) {
  for (const input of form.elements) {
    if (!(input.name in values)) continue;
    const value = values[input.name];
    if (input.type === "checkbox") input.checked = Boolean(value);
    else if (input.type === "radio") input.checked = input.value === value;
    else input.value = value ?? "";
  }
}

/**
 * Shows each message at its field and goes to the first; what has no field is told by the return value.
 * @param {HTMLFormElement} form
 * @param {[string, string][]} problems names of inputs, and what is wrong
 * @returns {string[]} what belongs to no field
 */
export function showProblems(form, problems) {
  for (const place of form.querySelectorAll(".error-text")) place.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  const elsewhere = [];
  let first = null;
  for (const [name, message] of problems) {
    const [place, input] = [form.querySelector(`#${CSS.escape(name)}-error`), form.querySelector(`#${CSS.escape(name)}`)];
    if (!place) elsewhere.push(message);
    else place.textContent = message;
    input?.setAttribute("aria-invalid", "true");
    first ??= input;
  }
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
  return elsewhere;
}

/** @param {string} key @returns {Record<string, any> | null} */
export function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {Record<string, any> | null} values null: there is none any more */
export function keepDraft(key, values) {
  if (values) localStorage.setItem(key, JSON.stringify(values));
  else localStorage.removeItem(key);
}
