/** What is told in passing, and what is asked before something is done that cannot be undone. */

import { h, unseen } from "./h.js";
import { button } from "./view.js";

const NOTICE_SECONDS = 8;

export const noticeRegion = h("div.notices", { role: "status", "aria-live": "polite" });

/** @param {{label: string, act: () => any}} [undo] */
export function tell(text, tone = "good", undo) {
	const close = () => notice.remove();
	const notice = h("div.notice", { data: { tone } },
		h("span.said", { dir: "auto" }, text),
		undo && button(undo.label, () => (close(), undo.act()), "quiet"),
		button(["✕", unseen("Dismiss")], close, "quiet"));
	for (const other of noticeRegion.children) if (other.firstChild?.textContent === text) other.remove(); // it is said anew
	noticeRegion.append(notice);
	if (tone === "good") setTimeout(close, NOTICE_SECONDS * 1000);
}

export function tellError(error) {
	if (error?.name === "AbortError") return;
	tell(error?.message ?? String(error), "bad");
}

/** A button of what is not easily undone: it asks once. @param {Question} question */
export function askingButton(label, question, act, style = "danger") {
	const { title, text, yes, danger = true } = question;
	const ask = async () => {
		const answer = await openDialog(title, [h("p.said", { dir: "auto" }, text), dialogButtons("Keep it as it is", yes, danger ? "danger" : "primary")]);
		if (answer === "yes") await act();
	};
	return button(label, ask, style);
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
