/** All campaigns, by status. */

import { apiList, campaignLink, column, empty, h, labelOf, newCampaign, statusBadge, when, wide } from "./parts.js";

const STATUSES = ["", "running", "paused", "draft", "finished", "canceled", "archived"];

export async function page(view) {
	const status = h("select", { id: "status", on: { change: () => list.show() } },
		...STATUSES.map((each) => h("option", { value: each }, each ? labelOf(each) : "All but the archived")));
	const list = apiList({
		caption: "Campaigns",
		path: () => `/api/campaigns?limit=50${status.value && `&status=${status.value}`}`,
		nothing: () => (status.value ? empty(`No campaign is ${labelOf(status.value).toLowerCase()}.`) : empty("There is no campaign yet. Make one, import a list, and start it.", newCampaign())),
		signal: view.signal,
		columns: [
			column("Name", (campaign) => campaignLink(campaign)),
			column("Status", (campaign) => statusBadge(campaign)),
			wide("Goes on", (campaign) => (campaign.awake ? "now" : when(campaign.next_due_at, campaign.timezone))),
			wide("Zone", (campaign) => campaign.timezone),
			wide("Created", (campaign) => when(campaign.created_at))],
	});
	await list.show();
	view.drawPage("Campaigns",
		[newCampaign()],
		h("section.card", h("div.filters", h("div", h("label", { for: "status" }, "Status"), status)), list.element));
	view.poll(list.look);
}
