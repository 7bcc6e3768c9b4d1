/** The next 24 hours: when the running campaigns may call, now, and the next wake. */

import { openings } from "./hours.js";
import { clock, h, moment, now, said, viewerZone } from "./parts.js";

const HOURS = 24;
const HOURS_BEFORE = 1; // of what is past
const LABEL_EVERY_HOURS = 3;
const HOUR = 3_600_000;

/** `campaigns`: those that run. */
export function dayStrip(campaigns, nextWake) {
	const from = new Date(Math.floor(now().getTime() / HOUR) * HOUR - HOURS_BEFORE * HOUR);
	const to = new Date(from.getTime() + HOURS * HOUR);
	const share = (time) => `${((100 * (time - from.getTime())) / (HOURS * HOUR)).toFixed(3)}%`;
	const marks = () => [
		nextWake && Date.parse(nextWake) < to.getTime() && h("span.mark", { style: { left: share(Date.parse(nextWake)) } }),
		h("span.mark.now", { style: { left: share(now().getTime()) } })];
	const rows = campaigns.map((campaign) => {
		const open = openings(campaign, from, to);
		const kind = campaign.hours_zone === "contact" ? "open other" : "open";
		const bars = open.map(([start, end]) => h("span", { class: kind, style: { left: share(start), width: share(from.getTime() + end - start) } }));
		const text = open.length ? open.map(([start, end]) => `${clock(new Date(start))} to ${clock(new Date(end))}`).join(", ") : "closed";
		return h("div.strip-row", said(campaign.name), h("div.track", { role: "img", "aria-label": `Open: ${text}` }, bars, marks()));
	});
	if (!rows.length) rows.push(h("div.strip-row", h("span.muted", "No campaign runs"), h("div.track", { role: "img", "aria-label": "Nothing is open" }, marks())));
	return h("div.strip", rows, axis(from, share), key(nextWake, campaigns));
}

function axis(from, share) {
	const labels = [];
	for (let hour = 0; hour <= HOURS; hour += LABEL_EVERY_HOURS) {
		const time = from.getTime() + hour * HOUR;
		labels.push(h("span", { style: { left: share(time) } }, clock(new Date(time))));
	}
	return h("div.strip-row", { "aria-hidden": "true" }, h("span"), h("div.hours-axis", labels));
}

function key(nextWake, campaigns) {
	const wake = nextWake ? `The second line is the next wake, ${moment(new Date(nextWake))}. ` : "";
	const theirs = campaigns.some((each) => each.hours_zone === "contact") ? " Hatched: by each contact's own clock, shown here by the campaign's." : "";
	return h("p.hint", `The line across is now. ${wake}Times in ${viewerZone}.${theirs}`);
}
