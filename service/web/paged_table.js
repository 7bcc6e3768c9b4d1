/** Tables, and lists that the API gives page by page. */

import { get, remove } from "./api.js";
import { h, swap, unseen } from "./h.js";
import { askingButton, tell } from "./notices.js";
import { button } from "./view.js";

const TYPING_MILLISECONDS = 400;

/** A list of the API's. `show` asks for it anew, `look` leaves alone who reads on; both tell of changes. @param {ApiList} list */
export function apiList({ caption, columns, path, nothing = () => null, signal, ask = get }) {
	const element = h("div");
	let [first, readsOn] = [null, false];
	const show = async () => {
		const asked = path();
		const found = await ask(asked, signal);
		if (found === first) return false;
		[first, readsOn] = [found, false];
		swap(element, found.data.length ? pages(found, asked) : nothing());
		return true;
	};
	const pages = (found, asked) => {
		const body = h("tbody", ...rowsOf(columns, found.data));
		const foot = h("div.actions.more");
		const offer = (cursor) => swap(foot, cursor && button("Show more", () => more(cursor)));
		const more = async (cursor) => {
			readsOn = true;
			const page = await get(`${asked}&cursor=${encodeURIComponent(cursor)}`, signal);
			body.append(...rowsOf(columns, page.data));
			offer(page.next_cursor);
		};
		offer(found.next_cursor);
		return [scrollingTable(caption, columns, body), foot];
	};
	return { element, show, look: async () => !readsOn && show() };
}

/** In a row, of a thing that is deleted by `path`: it asks once. @param {Question} question */
export function removeButton(label, name, question, path, told, changed) {
	const act = async () => {
		await remove(path);
		tell(told);
		await changed();
	};
	return askingButton([label, unseen(` ${name}`)], question, act, "quiet");
}

/** A field to search a list with, for a number. What is wrong with what stands in it is told below. */
export function numberFilter(label, show) {
	const wrong = h("p.error-text", { id: "number-filter-error", role: "status" });
	const search = async () => {
		try {
			await show();
			wrong.textContent = "";
		} catch (error) {
			if (error.status !== 422) throw error;
			wrong.textContent = error.message;
		}
	};
	let typing = 0;
	const later = () => {
		clearTimeout(typing);
		typing = window.setTimeout(search, TYPING_MILLISECONDS);
	};
	const input = h("input", { id: "number-filter", type: "search", autocomplete: "off", placeholder: "+13125550142", "aria-describedby": wrong.id, on: { input: later } });
	return { input, element: h("div", h("label", { for: input.id }, label), input, wrong) };
}

/** @returns {Column} */
export const column = (head, cell, more = {}) => ({ head, cell, ...more });
/** Left out on narrow screens. */
export const wide = (head, cell) => column(head, cell, { wide: true });
export const figure = (head, cell) => column(head, cell, { right: true });
export const wideFigure = (head, cell) => column(head, cell, { wide: true, right: true });

/** @param {Column[]} columns */
export function table(caption, columns, items) {
	return scrollingTable(caption, columns, h("tbody", ...rowsOf(columns, items)));
}

/** @param {Column[]} columns */
function scrollingTable(caption, columns, body) {
	const heads = columns.map((column) => h("th", { scope: "col", class: classOf(column) }, column.head));
	return tableBox(caption, h("table", h("caption.visually-hidden", caption), h("thead", h("tr", heads)), body));
}

/** It scrolls where it does not fit. */
export function tableBox(label, content) {
	return h("div.table-box", { tabindex: "0", role: "region", "aria-label": label }, content);
}

/** @param {Column[]} columns @param {any[]} items */
function rowsOf(columns, items) {
	return items.map((item) => h("tr", columns.map((column) => h("td", { class: classOf(column) }, column.cell(item)))));
}

function classOf(column) {
	return [column.wide && "wide-only", column.right && "right number"].filter(Boolean).join(" ");
}
