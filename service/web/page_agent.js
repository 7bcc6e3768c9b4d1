/** An agent: a new one, or one that is edited. */

import { account, actingForm, choice, field, get, go, h, heading, pairs, patch, post, putValues, said, tagOf, tell, tick, words } from "./parts.js";

const PROVIDERS = ["twilio", "telnyx", "vapi", "retell", "bolna"];

/** Without an id: a new one. */
export async function page(view, id) {
	const path = `/api/agents/${id}`;
	const agent = id ? await get(path, view.signal) : null;
	const tag = tagOf(path);
	const fields = h("div.fields",
		field("name", "Name", { maxlength: 200 }),
		choice("provider", "Provider", PROVIDERS.map((each) => [each, each]), { disabled: Boolean(id) }),
		field("connection", "Connection", { hint: "Twilio: the account's SID. Telnyx: the application." }),
		field("assistant", "Assistant", { hint: "The provider's own id of who speaks; at Twilio, of a TwiML app." }),
		field("secret", "Where its credentials are", { all: true, hint: `A reference, never they themselves: env:REVEILLE_SECRET_${account.id.toUpperCase()}_NAME` }),
		field("twiml", "TwiML", { tag: "textarea", class: "mono", all: true, hint: "Of an agent of Twilio that speaks a script; or its address:" }),
		field("url", "Address of a script", { type: "url", placeholder: "https://" }),
		field("from", "Caller numbers", { placeholder: "the account's", hint: "One, or a pool." }),
		field("expects", "Variables that it speaks of", { placeholder: "name, day" }),
		tick("record", "Record its calls (Twilio, Telnyx)"),
		field("line_ids", "Vapi's ids of the numbers", { tag: "textarea", all: true, placeholder: "+13125550142 = 6b1f…", hint: "One a line: number = id." }));
	const act = async ({ twiml, url, ...values }) => {
		const body = {
			...values,
			assistant: values.assistant || null,
			connection: values.connection || null,
			script: twiml ? { twiml } : url ? { url } : null,
			from: words(values.from),
			line_ids: pairs(values.line_ids),
			expects: words(values.expects),
		};
		await (id ? patch(path, body, tag) : post("/api/agents", body));
		tell("Saved.");
		go("agents");
	};
	const leave = h("a.button", { href: "#/agents" }, "Leave");
	const form = actingForm({ fields: [fields], label: "Save", act, beside: leave, tag: "form.card.stack" });
	view.draw(agent?.name ?? "New agent", heading(agent ? said(agent.name) : "New agent"), form);
	if (agent) putValues(form, valuesOf(agent));
}

/** @param {ApiAgentOut} agent */
function valuesOf(agent) {
	const lines = Object.entries(agent.line_ids).map((line) => line.join(" = "));
	return { ...agent, ...agent.script, from: agent.from.join(", "), expects: agent.expects.join(", "), line_ids: lines.join("\n") };
}
