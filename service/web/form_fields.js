/** Labelled fields with a place for what is wrong with them. */

import { h } from "./h.js";

/** `name`: also what the API calls it. @param {any} [attrs] of the input; `all`: as wide as the form */
export function field(name, label, attrs = {}, ...options) {
	const { tag = "input", hint, all, ...others } = attrs;
	const described = [hint && `${name}-hint`, `${name}-error`].filter(Boolean).join(" ");
	return h("div", { class: all ? "all" : null },
		h("label", { for: name }, label),
		h(tag, { id: name, name, autocomplete: "off", dir: "auto", "aria-describedby": described, ...others }, ...options),
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

export function tick(name, label, attrs = {}) {
	return h("label.choice", h("input", { type: "checkbox", id: name, name, ...attrs }), label);
}

/** What stands in it, by name, without the space around it. */
export function valuesOf(form) {
	const values = {};
	for (const input of form.elements) {
		if (input.name) values[input.name] = input.type === "checkbox" ? input.checked : input.value.trim();
	}
	return values;
}

export function putValues(form, values) {
	for (const input of form.elements) {
		if (!(input.name in values)) continue;
		const value = values[input.name];
		if (input.type === "checkbox") input.checked = Boolean(value);
		else input.value = value ?? "";
	}
}

/** One, or several with spaces or commas between them. */
export function words(text) {
	return (text ?? "").split(/[\s,;]+/).filter(Boolean);
}

/** One a line: name = value. */
export function pairs(text) {
	const found = text.split("\n").map((line) => /^([^=]+)=(.*)$/.exec(line)).filter(Boolean);
	return Object.fromEntries(found.map(([, name, value]) => [name.trim(), value.trim()]));
}

/** What is wrong with a form before it is sent; the API's errors have such details, too. */
export class Unreadable extends Error {
	/** `problems`: names of inputs, and what is wrong. */
	constructor(problems) {
		super("Some fields cannot be read.");
		this.details = problems.map(([field, message]) => ({ field, message }));
	}
}

/** A form that tells what is wrong at its fields, and above its button what belongs to none. @param {ActingForm} what */
export function actingForm({ fields, label, act, inputOf = (path) => path.replace(/^script\./, "").split(".")[0], beside, tag = "form.stack", on }) {
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
