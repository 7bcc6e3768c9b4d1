/** The day around now: when the running campaigns may call, past wakes with the calls that they began, and the next wake. */

import { openings } from "./hours.js";
import { clock, counted, h, moment, now, said, viewerZone } from "./parts.js";

const HOURS = 24;
const HOURS_BEFORE = 6; // of what is past
const LABEL_EVERY_HOURS = 3;
const HOUR = 3_600_000;

/** `campaigns`: those that run; `wakes`: the newest. @param {ApiPassReceiptOut[]} wakes */
export function dayStrip(campaigns, nextWake, wakes) {
	const from = (Math.floor(now().getTime() / HOUR) - HOURS_BEFORE) * HOUR;
	const to = from + HOURS * HOUR;
	const share = (time) => `${((100 * (time - from)) / (HOURS * HOUR)).toFixed(3)}%`;
	const row = (name, text, bars) => {
		const next = Date.parse(nextWake);
		const marks = [next < to && h("span.mark", { style: { left: share(next) } }), h("span.mark.now", { style: { left: share(now().getTime()) } })];
		return h("div.strip-row", name, h("div.track", { role: "img", "aria-label": text }, bars, marks));
	};
	const rows = campaigns.map((campaign) => {
		const open = openings(campaign, new Date(from), new Date(to));
		const kind = campaign.hours_zone === "contact" ? "open other" : "open";
		const bars = open.map(([start, end]) => h("span", { class: kind, style: { left: share(start), width: share(from + end - start) } }));
		return row(said(campaign.name), `Open: ${open.map((ends) => ends.map((end) => clock(end)).join(" to ")).join(", ") || "closed"}`, bars);
	});
	if (!rows.length) rows.push(row(h("span.muted", "No campaign runs"), "Nothing is open"));
	const past = wakes.filter((wake) => Date.parse(wake.at) >= from);
	const most = Math.max(1, ...past.map((wake) => wake.claimed));
	const ticks = past.map((wake) => h("span.mark", { title: wakeText(wake), style: { left: share(Date.parse(wake.at)), height: `${20 + (80 * wake.claimed) / most}%` } }));
	const begun = past.reduce((sum, wake) => sum + wake.claimed, 0);
	const total = `${counted(past.length, "wake")}, ${counted(begun, "call")}`;
	rows.push(row(h("span.muted", total), `${total} begun: ${past.map(wakeText).join("; ") || "none"}`, ticks));
	return h("div.strip", rows, axis(from, share), key(nextWake, campaigns));
}

function wakeText({ at, claimed }) {
	return `${clock(at)}: ${counted(claimed, "call")}`;
}

function axis(from, share) {
	const labels = Array.from({ length: HOURS / LABEL_EVERY_HOURS + 1 }, (_, index) => {
		const time = from + index * LABEL_EVERY_HOURS * HOUR;
		return h("span", { style: { left: share(time) } }, clock(time));
	});
	return h("div.strip-row", { "aria-hidden": "true" }, h("span"), h("div.hours-axis", labels));
}

function key(nextWake, campaigns) {
	const wake = nextWake ? `The line to its right is the next wake, ${moment(nextWake)}. ` : "";
	const theirs = campaigns.some((each) => each.hours_zone === "contact") ? " Hatched: by each contact's own clock, shown here by the campaign's." : "";
	return h("p.hint", `The line across is now. ${wake}Last row: past wakes, the taller the more calls they began. Times in ${viewerZone}.${theirs}`);
}
