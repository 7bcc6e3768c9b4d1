/** How many calls of a campaign were dialled and answered in each hour of the day. */

import { column, count, figure, get, h, onDemand, percent, table } from "./parts.js";

/** A read for each hour. */
export function hoursPanel(path, zone, signal) {
	return onDemand("Count them", "Count again", async () => hoursOf(await get(`${path}/hours`, signal), zone));
}

/** @param {ApiHoursOfDay} found */
function hoursOf({ data }, zone) {
	const called = data.filter((each) => each.dials);
	if (!called.length) return [h("p.muted", "Nobody has been called yet.")];
	const most = Math.max(...called.map((each) => each.dials));
	const bar = (each) => h("div.progress", { "aria-hidden": "true", style: { width: `${(6 * each.dials) / most}rem` } }, h("span", { data: { tone: "completed" }, style: { width: `${(100 * each.answered) / each.dials}%` } }));
	const columns = [
		column("Hour", (each) => `${String(each.hour).padStart(2, "0")}:00`),
		figure("Calls", (each) => count(each.dials)),
		figure("Answered", (each) => percent(each.answered, each.dials)),
		column("Compared", (each) => each.dials > 0 && bar(each))];
	return [
		table("Calls by the hour of the day", columns, data.slice(called[0].hour, (called.at(-1)?.hour ?? 0) + 1)),
		h("p.hint", `First dials of each call, by the clock in ${zone}. Green: answered.`)];
}
