/** One campaign: how far it is, what waits for what, when it will be over, and its calls. */

import { campaignActions } from "./campaign_actions.js";
import { agentsPanel, hoursPanel } from "./comparisons.js";
import { forecastPanel } from "./forecast_panel.js";
import { DAY_NAMES, timesText, weekOf } from "./hours.js";
import { callsTable } from "./page_calls.js";
import { card, columns, count, counted, empty, facts, get, h, heading, labelOf, money, onDemand, over, pausedText, percent, progressBar, progressLegend, said, span, statusBadge, swap, viewerZone, waitingFor, when } from "./parts.js";
import { agentNames, agentText } from "./speakers.js";

const FIRST_CALLS = "limit=50"; // as the list asks for them where nothing is filtered
const CAN_BE_FORECAST = ["draft", "running", "paused"];

export async function page(view, id) {
	const path = `/api/campaigns/${id}`;
	/** @returns {Promise<ApiCampaignOverview>} all of the page in one request: reads cost money */
	const look = () => get(`${path}/overview?${FIRST_CALLS}`, view.signal);
	let seen = await look();
	let names = new Map(); // of agents
	const ask = async (query, signal) => (query === `${path}/calls?${FIRST_CALLS}` ? seen.calls : get(query, signal));
	const calls = await callsTable({ path: `${path}/calls`, signal: view.signal, ask });
	const [head, progress, waiting, settings, forecast] = Array.from({ length: 5 }, () => h("div.stack"));

	const draw = () => {
		const { campaign } = seen;
		swap(head, heading(said(campaign.name), statusBadge(campaign), campaignActions(campaign, () => lookAtOnce())), pausedNote(campaign));
		swap(progress, progressOf(campaign.progress, id));
		swap(waiting, waitingOf(seen.waiting));
		swap(settings, settingsOf(campaign, names));
	};
	draw();
	view.draw(
		seen.campaign.name,
		head,
		columns(
			[card("Progress", progress), card("What waits", waiting), card("Settings", settings)],
			[card("Forecast", forecast), Array.isArray(seen.campaign.agent) && card("Agents", agentsPanel(path, view.signal)), card("By hour of the day", hoursPanel(path, seen.campaign.timezone, view.signal))]),
		card("Calls", calls.element));
	swap(forecast, forecastOf(seen.campaign, view.signal));
	if (seen.campaign.agent) agentNames(view.signal).then((found) => ((names = found), draw()), () => {}); // ids do without
	const lookAtOnce = view.poll(async () => {
		const found = await look();
		const [before, changed] = [seen.campaign, found !== seen];
		seen = found;
		if (changed) draw();
		if (found.campaign.status !== before.status || !found.campaign.progress.total !== !before.progress.total) swap(forecast, forecastOf(found.campaign, view.signal));
		return (await calls.look()) || changed;
	});
}

/** @param {ApiCampaignWithProgress} campaign */
function forecastOf({ id, status, progress, timezone }, signal) {
	if (!CAN_BE_FORECAST.includes(status)) return h("p.muted", "It is over.");
	if (!progress.total) return h("p.muted", "There is nothing to foresee before there are contacts.");
	return onDemand("Forecast", async () => forecastPanel(await get(`/api/campaigns/${id}/forecast`, signal), timezone));
}

/** @param {ApiCampaignOut} campaign */
function pausedNote(campaign) {
	if (!campaign.paused_reason) return null;
	return h("p.callout.warn", `Paused by the service: ${pausedText(campaign.paused_reason)}. Edit it, then resume.`);
}

/** @param {ApiProgress} progress */
function progressOf(progress, id) {
	if (!progress.total) return empty("It has no contacts yet.", h("a.button.primary", { href: `#/campaigns/${id}/import` }, "Import contacts"));
	return h("div.stack",
		facts([
			["Over", `${count(over(progress))} of ${count(progress.total)}`],
			["Answered", percent(progress.completed, over(progress))],
			["In flight", count(progress.in_flight + progress.uncertain)]], "dl.facts"),
		progressBar(progress),
		progressLegend(progress),
		progress.uncertain > 0 && h("p.callout.warn", `Of ${counted(progress.uncertain, "call")} nobody knows yet whether it rang. The provider is being asked.`));
}

/** @param {ApiWaitingSummary} summary */
function waitingOf(summary) {
	if (!summary.total) return h("p.muted", "Nothing waits.");
	return h("ul.row-list", summary.waiting.map((part) => h("li", h("p", h("strong.number", counted(part.count, "call")), ` ${waitingFor(part)}`))));
}

/** @param {ApiCampaignOut} campaign */
function settingsOf(campaign, names) {
	const { limits, script } = campaign;
	const rows = [
		["Zone", campaign.timezone === viewerZone ? campaign.timezone : `${campaign.timezone} (you: ${viewerZone})`],
		["Hours", hoursLines(campaign)],
		["Days", daysText(campaign)],
		["Retries", ladders(campaign.retry)],
		["In flight", limits.calls_in_flight ? `at most ${limits.calls_in_flight}` : "as many as the account may have"],
		["Pace", [limits.calls_per_minute && `at most ${limits.calls_per_minute} a minute`, campaign.pace === "even" ? "spread over the window" : "as fast as allowed"].filter(Boolean).join(", ")],
		["Budget", limits.budget ? money(limits.budget) : "none"],
		["From", campaign.from?.join(", ") ?? "the account's number"],
		["Created", when(campaign.created_at)],
		["Agent", agentText(campaign.agent, names)],
		["Script", script && (script.url ? said(script.url) : h("details", h("summary", "TwiML"), h("pre.mono.small", { dir: "auto" }, script.twiml)))]];
	return facts(rows, "dl.settings");
}

/** @param {ApiCampaignOut} campaign */
function hoursLines(campaign) {
	if (!campaign.hours) return "whenever the law allows";
	const lines = [];
	weekOf(campaign.hours).forEach((spans, day) => {
		const text = timesText(spans) || "closed";
		const last = lines.at(-1);
		if (last?.[1] === text) last[0] = `${last[0].split("–")[0]}–${DAY_NAMES[day]}`;
		else lines.push([DAY_NAMES[day], text]);
	});
	const whose = campaign.hours_zone === "contact" ? "by each contact's clock" : null;
	return [...lines.map(([days, text]) => h("div.number", `${days} ${text}`)), whose && h("div.muted.small", whose)];
}

/** @param {ApiCampaignOut} campaign */
function daysText(campaign) {
	const { start_date: first, end_date: last, blackout_dates: blackout, holidays } = campaign;
	return [
		first && `from ${first}`,
		last && `until ${last}`,
		blackout.length > 0 && `not on ${blackout.join(", ")}`,
		holidays.length > 0 && `not on holidays of ${holidays.join(", ")}`,
	].filter(Boolean).join(", ");
}

function ladders(retry) {
	const lines = Object.entries(retry).filter(([, steps]) => steps.length);
	if (!lines.length) return "none";
	return lines.map(([outcome, steps]) => h("div", `${labelOf(outcome)}: after ${steps.map((step) => span(step.after_minutes)).join(", then ")}`));
}
