/** Numbers that are not called. */

import { errorsTable } from "./import_preview.js";
import { actingForm, apiList, askingButton, button, card, column, columns, counted, empty, field, figure, h, icon, numberFilter, post, remove, said, sendBody, swap, tell, unseen, when, wide } from "./parts.js";

export async function page(view) {
	const filter = numberFilter("Find a number", () => list.show());
	const wanted = () => filter.input.value.trim();
	const list = apiList({
		caption: "Numbers that are not called",
		path: () => `/api/do-not-call?${wanted() ? `phone=${encodeURIComponent(wanted())}` : "limit=50"}`,
		nothing: () => empty(wanted() ? "This number is not on the list." : "The list is empty."),
		signal: view.signal,
		columns: [
			column("Number", (number) => h("span.mono", number.phone)),
			column("Reason", (number) => [said(number.reason, "none given"), !number.active && h("span.badge", "Expired")]),
			wide("Until", (number) => when(number.expires_at, undefined, "for good")),
			wide("Since", (number) => when(number.created_at)),
			figure(unseen("Action"), (number) => removeButton(number, list.show))],
	});
	await list.show();
	view.drawPage("Do not call",
		null,
		h("p.muted", "A number that is here is not called, by any campaign."),
		columns(
			[card("Numbers", h("div.filters", { role: "search" }, filter.element), list.element)],
			[addForm(list.show), fileForm(list.show)]));
}

/** @param {ApiBarredNumber} number */
function removeButton(number, changed) {
	const { phone, reason, expires_at } = number;
	const text = `${phone} may be called again by every campaign, from now on. Remove it only if the person wants that.`;
	const again = () => post("/api/do-not-call", { phone, ...(reason && { reason }), ...(expires_at && { expires_at }) }).then(changed);
	const act = async () => {
		await remove(`/api/do-not-call/${encodeURIComponent(phone)}`);
		tell(`${phone} may be called.`, "good", { label: "Undo", act: again });
		await changed();
	};
	return askingButton(["Remove", unseen(` ${phone}`)], { title: "Take it off the list?", text, yes: "Allow calls" }, act, "quiet");
}

function addForm(changed) {
	const act = async ({ phone, reason, expires_at: until }, form) => {
		const added = await post("/api/do-not-call", { phone, ...(reason && { reason }), ...(until && { expires_at: new Date(until).toISOString() }) });
		tell(`${added.phone} is not called any more.`);
		form.reset();
		await changed();
	};
	const fields = [
		field("phone", "Number", { type: "tel", placeholder: "+13125550142" }),
		field("reason", "Reason", { placeholder: "asked on the telephone" }),
		field("expires_at", "Until", { type: "datetime-local", hint: "Empty: for good." })];
	return card("Add a number", actingForm({ fields, label: "Add", act }));
}

function fileForm(changed) {
	const result = h("div", { "aria-live": "polite" });
	const input = h("input", { id: "dnc-file", type: "file", accept: ".csv,text/csv,text/plain" });
	const send = async () => {
		const file = input.files?.[0];
		if (!file) return input.focus();
		swap(result, resultOf(await sendBody("POST", "/api/do-not-call/import", file, "text/csv")));
		await changed();
	};
	return card("Add a file", h("div.stack", h("label", { for: "dnc-file" }, "CSV with a column phone"), input, button([icon("file"), "Add its numbers"], send), result));
}

/** @param {ApiNumbersImported} found */
function resultOf(found) {
	return [h("p", `${counted(found.created, "number")} added, ${found.duplicates} there before, ${found.rejected} rejected.`), errorsTable(found.errors, found.rejected)];
}
