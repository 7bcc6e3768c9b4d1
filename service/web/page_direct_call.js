/** One number, called at once if there is a free slot. */

import { actingForm, field, go, h, pairs, post, tell } from "./parts.js";
import { speakerFields, spoken } from "./speakers.js";

export async function page(view) {
	const act = async (values) => {
		const call = await post("/api/calls", bodyOf(values));
		tell(call.position ? `It waits, as number ${call.position}. ${call.reason}` : "It is being dialled.");
		go(`calls/${call.id}`);
	};
	const speakers = await speakerFields(view.signal, null, false);
	const fields = h("div.fields",
		field("to", "Number", { type: "tel", placeholder: "+13125550142" }),
		field("name", "Name", { maxlength: 200 }),
		field("from", "Caller number", { type: "tel", placeholder: "the account's" }),
		field("timezone", "Contact's time zone", { placeholder: "as the number tells" }),
		field("not_before", "Not before", { type: "datetime-local", hint: "On your clock. Empty: now." }),
		speakers.fields,
		field("variables", "Variables", { tag: "textarea", all: true, placeholder: "day = Monday", hint: "One a line: name = value." }));
	const form = actingForm({ fields: [fields], label: "Call now", act, tag: "form.card.stack" });
	view.drawPage("Call a number", null, h("p.muted", "It goes before all campaigns, and keeps to the legal hours and to the do-not-call list."), form);
}

function bodyOf(values) {
	const texts = ["name", "from", "timezone"].map((name) => [name, values[name]]).filter(([, text]) => text);
	return {
		to: values.to,
		...spoken(values),
		...Object.fromEntries(texts),
		...(values.not_before && { not_before: new Date(values.not_before).toISOString() }),
		variables: pairs(values.variables)
	};
}
