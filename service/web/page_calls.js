/** Calls, with filters: all of the account, the newest first, or those of a campaign. */

import { apiList, callBadge, callLink, column, empty, FINAL_STATES, h, icon, labelOf, LIVE_STATES, money, now, numberFilter, said, when, wide, wideFigure } from "./parts.js";

export async function page(view) {
	const calls = await callsTable({ path: "/api/calls", signal: view.signal });
	view.drawPage("Calls", [h("a.button.primary", { href: "#/calls/new" }, icon("calls"), "Call a number")], h("section.card", calls.element));
	view.poll(calls.look);
}

/** `path`: of the list. @param {{path: string, signal: AbortSignal, ask?: Ask}} of */
export async function callsTable({ path, signal, ask }) {
	const state = stateSelect(() => list.show());
	const phone = numberFilter("Number", () => list.show());
	const asked = () => {
		const parts = new URLSearchParams({ limit: "50", phone: phone.input.value.trim(), state: state.value });
		for (const [name, value] of [...parts]) if (!value) parts.delete(name);
		return `${path}?${parts}`;
	};
	const list = apiList({
		caption: "Calls",
		path: asked,
		nothing: () => empty(state.value || phone.input.value ? "There is no such call." : "There are no calls yet."),
		signal,
		ask,
		columns: [
			column("Contact", (call) => callLink(call, call.name && h("span.muted.mono.small", ` ${call.to}`))),
			column("State", (call) => callBadge(call.state)),
			wideFigure("Attempts", (call) => call.attempts.length),
			wide("When", (call) => (call.finished_at ? when(call.finished_at) : dueText(call))),
			wideFigure("Cost", (call) => money(call.cost))],
	});
	await list.show();
	const filters = h("div.filters", { role: "search" }, h("div", h("label", { for: "state-filter" }, "State"), state), phone.element);
	return { element: h("div", filters, list.element), look: list.look };
}

function stateSelect(change) {
	const options = (states) => states.map((each) => h("option", { value: each }, labelOf(each)));
	return h("select", { id: "state-filter", on: { change } },
		h("option", { value: "" }, "All"),
		h("option", { value: "queued" }, "Waiting"),
		h("optgroup", { label: "In flight" }, options(LIVE_STATES)),
		h("optgroup", { label: "Over" }, options(FINAL_STATES)));
}

/** @param {ApiCallOut} call */
function dueText(call) {
	if (call.state !== "queued") return "now";
	return Date.parse(call.due_at) <= now().getTime() ? h("span.muted", "due") : [h("span.muted", "from "), when(call.due_at)];
}
