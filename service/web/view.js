/** One visit to a page: where it draws, what ends with it, and how it looks while it loads or fails. */

import { Offline } from "./api.js";
import { h, swap } from "./h.js";
import { poll } from "./poll.js";

export class View {
	constructor(main) {
		this.main = main;
		this.ending = new AbortController();
	}

	/** Aborts when the user goes elsewhere. */
	get signal() {
		return this.ending.signal;
	}

	/** Beneath its title, with `actions` beside that. */
	drawPage(title, actions, ...content) {
		this.draw(title, heading(title, null, actions), ...content);
	}

	draw(title, ...content) {
		if (this.signal.aborted) return;
		document.title = `${title} · Reveille`;
		this.main.replaceChildren(...content.flat().filter((part) => part instanceof Node));
		this.main.removeAttribute("aria-busy");
	}

	drawLoading() {
		this.main.setAttribute("aria-busy", "true");
		const bars = [1, 2, 3].map(() => h("div.card.skeleton"));
		this.main.replaceChildren(h("p.visually-hidden", { role: "status" }, "Loading"), bars);
	}

	drawError(error, again) {
		const { title, text } = explain(error);
		this.drawPage(title, null,
			h("div.card.empty", { role: "alert" },
				h("p.said", { dir: "auto" }, text),
				h("div.actions", button("Try again", again))));
	}

	poll(look) {
		return poll(look, this.signal);
	}
}

function explain(error) {
	const [status, text] = [error.status, error.message ?? String(error)];
	if (error instanceof Offline) return { title: "Offline", text };
	if (status === 404) return { title: "Not found", text: "There is no such thing here, or it belongs to another account." };
	if (status === 403) return { title: "Not allowed", text };
	return { title: "Something went wrong", text: error.requestId ? `${text} (request ${error.requestId})` : text };
}

/** A page's head; `beside` the title there is a badge, say. */
export function heading(title, beside, actions) {
	return h("header.page-head",
		h("div.page-title", h("h1", { tabindex: "-1" }, title), beside),
		actions && h("div.actions", actions));
}

export function card(title, ...content) {
	return h("section.card", h("h2", title), ...content);
}

/** Beside each other where there is room. @param {Child[][]} parts */
export function columns(...parts) {
	return h("div.columns", parts.map((part) => h("div", part)));
}

/** Names and values; those without a value are left out. */
export function facts(rows, tag = "dl.stack") {
	return h(tag, ...rows.filter(([, value]) => value).map(([name, value]) => h("div", h("dt.muted.small.said", name), h("dd.said", value))));
}

export function empty(text, ...actions) {
	return h("div.empty", h("p", text), h("div.actions", ...actions));
}

/** What is asked for only when the user wants it, since it costs the service some work; and again. */
export function onDemand(label, ask) {
	const place = h("div.stack", { "aria-live": "polite" });
	const show = async () => {
		place.setAttribute("aria-busy", "true");
		try {
			swap(place, await ask(), button(`${label} again`, show));
		} catch (error) {
			if (error.name !== "AbortError") swap(place, h("p.error-text", error.message), button("Try again", show));
		}
		place.removeAttribute("aria-busy");
	};
	place.append(button(label, show));
	return place;
}

/** A button that cannot be pressed twice while it works. */
export function button(label, act, style = "") {
	const click = async () => {
		element.disabled = true;
		try {
			await act();
		} finally {
			element.disabled = false;
		}
	};
	const element = h("button", { type: "button", class: style, on: { click } }, label);
	return element;
}
