/** What is told in passing, and what is asked before something is done that cannot be undone. */

import { h, unseen } from "./h.js";
import { button } from "./view.js";

const NOTICE_SECONDS = 8;

export const noticeRegion = h("div.notices", { role: "status", "aria-live": "polite" });

/** @param {{label: string, act: () => any}} [undo] */
export function tell(text, tone = "good", undo) {
	const notice = h("div.notice", { data: { tone } }, h("span.said", { dir: "auto" }, text));
	const close = () => notice.remove();
	if (undo) notice.append(button(undo.label, () => (close(), undo.act()), "quiet"));
	notice.append(button(["✕", unseen("Dismiss")], close, "quiet"));
	noticeRegion.append(notice);
	if (tone === "good") setTimeout(close, NOTICE_SECONDS * 1000);
}

export function tellError(error) {
	if (error?.name === "AbortError") return;
	tell(error instanceof Error ? error.message : String(error), "bad");
}

/** A button of what is not easily undone: it asks once. @param {Question} question */
export function askingButton(label, question, act, style = "danger") {
	return button(label, async () => (await ask(question)) && act(), style);
}

/** @param {Question} question */
async function ask({ title, text, yes, danger = true }) {
	const answer = await openDialog(title, [
		h("p.said", { dir: "auto" }, text),
		dialogButtons("Keep it as it is", yes, danger ? "danger" : "primary")]);
	return answer === "yes";
}

export function dialogButtons(no, yes, style = "primary") {
	return h("div.actions.end",
		h("button", { type: "submit", value: "no", formnovalidate: true }, no),
		h("button", { type: "submit", value: "yes", class: style }, yes));
}

/** Once: the service does not tell it again. */
export function showSecret(title, secret) {
	const copy = () => navigator.clipboard.writeText(secret).then(() => tell("Copied."));
	return openDialog(title, [
		h("p", "It is shown this once and kept nowhere. Copy it now."),
		h("code.secret", secret),
		h("div.actions.end", button("Copy", copy), h("button.primary", { type: "submit" }, "I have it"))]);
}

/** `body` has buttons of type submit, whose value is the answer; empty: it was closed. @returns {Promise<string>} */
export function openDialog(title, body) {
	const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), body);
	const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
	document.body.append(dialog);
	dialog.showModal();
	return new Promise((resolve) => {
		dialog.addEventListener("close", () => {
			dialog.remove();
			resolve(dialog.returnValue);
		});
	});
}
