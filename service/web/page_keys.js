/** The account's API keys. */

import { actingForm, apiList, card, choice, column, columns, field, figure, h, post, removeButton, said, showSecret, tell, when, wide } from "./parts.js";

const SCOPES = [["read", "Read: looks only"], ["operate", "Operate: also runs campaigns and calls"], ["admin", "Admin: also rules and keys"]];

export async function page(view) {
	const list = apiList({
		caption: "API keys",
		path: () => "/api/keys?limit=50",
		signal: view.signal,
		columns: [
			column("Label", (key) => [said(key.label), key.email && h("div.muted.small.said", key.email)]),
			column("Scope", (key) => key.scope),
			wide("Ends with", (key) => h("span.mono", key.last_characters ? `…${key.last_characters}` : "–")),
			wide("Created", (key) => when(key.created_at)),
			figure("State", (key) => (key.revoked ? h("span.muted", "revoked") : revokeButton(key, list.show)))],
	});
	await list.show();
	view.drawPage("API keys", null, columns([card("Keys", list.element)], [makeForm(list.show)]));
}

/** @param {ApiKeyOut} key */
function revokeButton({ id, label }, changed) {
	const text = `“${label}” is refused from now on, wherever it is used. This cannot be undone.`;
	return removeButton("Revoke", label, { title: "Revoke this key?", text, yes: "Revoke it" }, `/api/keys/${id}`, "Revoked.", changed);
}

function makeForm(changed) {
	const act = async ({ label, scope, email }, form) => {
		const made = await post("/api/keys", { label, scope, ...(email && { email }) });
		form.reset();
		await changed();
		if (made.key) await showSecret("The new key", made.key);
		else tell("Admitted, once they sign in.");
	};
	const fields = [
		field("label", "Label", { maxlength: 100, placeholder: "nightly export" }),
		choice("scope", "Scope", SCOPES),
		field("email", "Or a person's e-mail address", { type: "email", hint: "Where sign-in is set up: admits them instead." })];
	return card("Make a key", actingForm({ fields, label: "Make a key", act }));
}
