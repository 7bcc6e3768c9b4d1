/** What is told in passing, and what is asked before something is done that cannot be undone. */

import { h } from "./h.js";
import { button } from "./view.js";

const NOTICE_SECONDS = 8;

export const noticeRegion = h("div.notices", { role: "status", "aria-live": "polite" });

/**
 * @param {"good" | "bad"} [tone]
 * @param {{label: string, act: () => any}} [undo]
 */
export function tell(text, tone = "good", undo) {
  const notice = h("div.notice", { data: { tone } }, h("span", { dir: "auto", class: "said" }, text));
  const close = () => notice.remove();
  if (undo) notice.append(button(undo.label, () => (close(), undo.act()), "quiet"));
  notice.append(button(["✕", h("span.visually-hidden", "Dismiss")], close, "quiet"));
  noticeRegion.append(notice);
  if (tone === "good") setTimeout(close, NOTICE_SECONDS * 1000);
}

export function tellError(error) {
  if (error?.name === "AbortError") return;
  tell(error instanceof Error ? error.message : String(error), "bad");
}

/**
 * Asks once.
 * @param {{title: string, text: string, yes: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, yes, danger = true }) {
  const body = [
    h("p", { dir: "auto", class: "said" }, text),
    h("div.actions.end",
      h("button", { type: "submit", value: "no" }, "Keep it as it is"),
      h("button", { type: "submit", value: "yes", class: danger ? "danger" : "primary" }, yes))];
  return openDialog(title, body).then((answer) => answer === "yes");
}

/**
 * @param {Child} body with buttons of type submit; a button's value is the answer
 * @returns {Promise<string>} empty: it was closed
 */
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
