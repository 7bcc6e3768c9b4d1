/** Who may speak on the account's calls. */

import { apiList, column, empty, figure, h, icon, isAdmin, removeButton, said, wide } from "./parts.js";

export async function page(view) {
	const list = apiList({
		caption: "Agents",
		path: () => "/api/agents?limit=50",
		nothing: () => empty("There is no agent yet. Campaigns can speak a script of their own in its stead."),
		signal: view.signal,
		columns: [
			column("Name", (agent) => h("a", { href: `#/agents/${agent.id}` }, said(agent.name))),
			column("Provider", (agent) => agent.provider),
			wide("Speaks", (agent) => said(agent.assistant, "a script")),
			wide("From", (agent) => said(agent.from.join(", "), "the account's number")),
			figure("State", (agent) => (agent.retired ? h("span.muted", "retired") : isAdmin() && retireButton(agent, list.show)))],
	});
	await list.show();
	view.drawPage("Agents", isAdmin() && [h("a.button.primary", { href: "#/agents/new" }, icon("plus"), "New agent")], h("section.card", list.element));
}

/** @param {ApiAgentOut} agent */
function retireButton({ id, name }, changed) {
	const text = `No campaign and no call can take “${name}” any more. What has it goes on. This cannot be undone.`;
	return removeButton("Retire", name, { title: "Retire this agent?", text, yes: "Retire it" }, `/api/agents/${id}`, "Retired.", changed);
}
