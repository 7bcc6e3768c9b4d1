/** How a campaign's agents, and the hours of its day, compare. */

import { column, count, figure, get, h, onDemand, percent, said, table } from "./parts.js";
import { agentNames } from "./speakers.js";

const DEVIATIONS = 1.96; // 19 of 20 rates lie within so many

export function agentsPanel(path, signal) {
	return onDemand("Compare", async () => agentsOf(await get(`${path}/agents`, signal), await agentNames(signal)));
}

/** @param {ApiAgentResults} found */
function agentsOf({ data }, names) {
	const overOf = (each) => each.total - each.queued - each.in_flight;
	const columns = [
		column("Agent", ({ agent }) => h("a", { href: `#/agents/${agent}` }, said(names.get(agent) ?? agent))),
		figure("Answered", (each) => `${count(each.completed)} of ${count(overOf(each))}`),
		figure("Rate", (each) => percent(each.completed, overOf(each))),
		figure("Likely", (each) => likelyRates(each.completed, overOf(each)).map((rate) => percent(rate, 1)).join(" to "))];
	return [
		table("Calls by agent", columns, data),
		h("p.hint", "Of calls that are over. Likely: where the true rate is, 19 times of 20; while these overlap, it may be chance.")];
}

/** Wilson's interval, which holds for few calls, too. */
export function likelyRates(answered, of) {
	if (!of) return [0, 1];
	const square = DEVIATIONS ** 2;
	const reach = DEVIATIONS * Math.sqrt((answered * (of - answered)) / of + square / 4);
	return [-reach, reach].map((way) => (answered + square / 2 + way) / (of + square));
}

/** A read for each hour. */
export function hoursPanel(path, zone, signal) {
	return onDemand("Count", async () => hoursOf(await get(`${path}/hours`, signal), zone));
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
