/** All campaigns, by status. */

import { get } from "./api.js";
import { when } from "./format.js";
import { h, said, swap } from "./h.js";
import { icon } from "./icons.js";
import { pagedTable } from "./paged_table.js";
import { campaignLink, labelOf, statusBadge } from "./states.js";
import { empty, heading } from "./view.js";

const STATUSES = ["", "running", "paused", "draft", "finished", "canceled", "archived"];

export async function page(view) {
  const list = h("div");
  const status = h("select", { id: "status", on: { change: () => show() } },
    ...STATUSES.map((each) => h("option", { value: each }, each ? labelOf(each) : "All but the archived")));
  const path = () => `/api/campaigns?limit=50${status.value ? `&status=${status.value}` : ""}`;
  let first = null;
  const show = async () => {
    const found = await get(path(), view.signal);
    if (found === first) return false;
    first = found;
    swap(list, first.data.length ? tableOf(first, path()) : nothing(status.value));
    return true;
  };
  await show();
  view.draw("Campaigns",
    heading("Campaigns", null, [newLink()]),
    h("section.card", h("div.filters", h("div", h("label", { for: "status" }, "Status"), status)), list));
  view.poll(show);
}

function newLink() {
  return h("a.button.primary", { href: "#/campaigns/new" }, icon("plus"), "New campaign");
}

function nothing(status) {
  return status ? empty(`No campaign is ${labelOf(status).toLowerCase()}.`) : empty("There is no campaign yet. Make one, import a list, and start it.", newLink());
}

function tableOf(first, path) {
  return pagedTable({
    caption: "Campaigns",
    first,
    path,
    columns: [
      { head: "Name", cell: (campaign) => campaignLink(campaign) },
      { head: "Status", cell: (campaign) => statusBadge(campaign) },
      { head: "Goes on", wide: true, cell: (campaign) => (campaign.awake ? "now" : when(campaign.next_due_at, campaign.timezone)) },
      { head: "Zone", wide: true, cell: (campaign) => campaign.timezone },
      { head: "Created", wide: true, cell: (campaign) => when(campaign.created_at) }],
  });
}
