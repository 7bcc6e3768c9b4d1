/** What this month has cost so far, beside a server that never sleeps, and what it takes of the free tiers. */

import { column, count, duration, facts, figure, get, h, money, swap, table, wideFigure } from "./parts.js";

/** Asked for once: while the page is open it does not change by much. */
export function usagePanel(signal) {
	const place = h("div.stack", h("p.muted", "Adding up…"));
	get("/api/usage", signal).then(
		(usage) => swap(place, usageOf(usage)),
		(error) => signal.aborted || swap(place, h("p.error-text", error.message)));
	return place;
}

/** @param {ApiUsageOut} usage */
function usageOf({ counted, worked_out: platform, month, timezone }) {
	const share = (tier) => `${(100 * tier.share).toLocaleString(undefined, { maximumFractionDigits: 2 })} %`;
	const largest = platform.free_tiers.filter((tier) => tier.name !== "scheduler_jobs").sort((one, other) => other.share - one.share)[0];
	const columns = [
		column("Free tier", (tier) => tier.name.replaceAll("_", " ")),
		figure("Used", (tier) => count(Math.ceil(tier.used))),
		wideFigure("Free", (tier) => `${count(tier.free)} a ${tier.every}`),
		figure("Share", share)];
	return [
		facts([
			["Dials", count(counted.dials)],
			["Talked", duration(counted.talk_seconds)],
			["Calls cost", money(counted.spent)],
			["Platform, list price", money(platform.total)],
			["If it never slept", money(platform.never_sleeping)]], "dl.facts"),
		h("details",
			h("summary", platform.free ? `Within the free tiers: at most ${share(largest)} of one` : `Above the free tiers: ${share(largest)} of one`),
			table("Free tiers", columns, platform.free_tiers)),
		h("p.hint", `${month} in ${timezone}. Dials, talk and their cost are counted. The platform is worked out: ${count(platform.ticks)} ticks, ${money(platform.asleep)}, and what dials were counted to take, ${money(platform.calls)}; prices of ${platform.prices_of}.`)];
}
