/** Labelled fields with a place for what is wrong with them, and drafts of forms. */

import { h } from "./h.js";

/**
 * @param {string} name of the input, and of what the API calls it
 * @param {string} label
 * @param {any} [attrs] of the input; `all`: as wide as the form
 * @param {...Child} options of a select
 */
export function field(name, label, { tag = "input", hint, all, ...attrs } = {}, ...options) {
  const described = [hint && `${name}-hint`, `${name}-error`].filter(Boolean).join(" ");
  return h("div", { class: all ? "all" : null },
    h("label", { for: name }, label),
    h(tag, { id: name, name, autocomplete: "off", dir: "auto", "aria-describedby": described, ...attrs }, ...options),
    hint && h("p.hint", { id: `${name}-hint` }, hint),
    errorPlace(name));
}

export function errorPlace(name) {
  return h("p.error-text", { id: `${name}-error` });
}

/** @param {string[][]} choices values, and what they are called */
export function choice(name, label, choices, attrs = {}) {
  return field(name, label, { tag: "select", ...attrs }, ...choices.map(([value, text]) => h("option", { value }, text)));
}

/** @returns {any} */
function inputsOf(form) {
  return form.elements;
}

/** What stands in it, by name. */
export function valuesOf(form) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const input of inputsOf(form)) {
    if (input.name) values[input.name] = input.type === "checkbox" ? input.checked : input.value;
  }
  return values;
}

/** @param {Record<string, any>} values */
export function putValues(form, values) {
  for (const input of inputsOf(form)) {
    if (!(input.name in values)) continue;
    const value = values[input.name];
    if (input.type === "checkbox") input.checked = Boolean(value);
    else input.value = value ?? "";
  }
}

/** What is wrong with a form before it is sent; the API's errors have such details, too. */
export class Unreadable extends Error {
  /** @param {[string, string][]} problems names of inputs, and what is wrong */
  constructor(problems) {
    super("Some fields cannot be read.");
    this.details = problems.map(([field, message]) => ({ field, message }));
  }
}

/** A form that tells what is wrong at its fields, and above its button what belongs to none. @param {ActingForm} what */
export function actingForm({ fields, label, act, inputOf = (path) => path.split(".")[0], beside, tag = "form.stack", on }) {
  const trouble = h("p.error-text", { role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    showProblems(form, []);
    try {
      await act(valuesOf(form), form);
    } catch (error) {
      const elsewhere = showProblems(form, (error.details ?? []).map(({ field, message }) => [inputOf(field), message]));
      trouble.textContent = error.details?.length && !elsewhere ? "Some fields need another look." : error.message;
    } finally {
      button.disabled = false;
    }
  };
  const button = h("button.primary", { type: "submit" }, label);
  const form = h(tag, { novalidate: true, on: { submit, ...on } }, ...fields, trouble, h("div.actions.end", beside, button));
  return form;
}

/** Each at its field, the first of which is gone to. Whether there is one without a field. */
function showProblems(form, problems) {
  for (const place of form.querySelectorAll(".error-text")) place.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  let [first, elsewhere] = [null, false];
  for (const [name, message] of problems) {
    const [place, input] = ["-error", ""].map((end) => form.querySelector(`#${CSS.escape(name + end)}`));
    if (place) place.textContent = message;
    else elsewhere = true;
    input?.setAttribute("aria-invalid", "true");
    first ??= input;
  }
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
  return elsewhere;
}

/** @returns {Record<string, any> | null} */
export function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Record<string, any> | null} values null: there is none any more */
export function keepDraft(key, values) {
  if (values) localStorage.setItem(key, JSON.stringify(values));
  else localStorage.removeItem(key);
}
