/** What calls and campaigns can be, in words and colours. */

import { cityOf, clock, count, counted, moment, percent, viewerZone } from "./format.js";
import { h, said } from "./h.js";
import { icon } from "./icons.js";
import { now } from "./session.js";

const SOON_MILLISECONDS = 20 * 3_600_000; // then the time of day is enough

/** In the order in which a progress bar shows them. @type {[string, string][]} */
export const PROGRESS = [
	["completed", "Answered"],
	["voicemail", "Voicemail"],
	["busy", "Busy"],
	["no_answer", "No answer"],
	["failed", "Failed"],
	["unconfirmed", "Unconfirmed"],
	["expired", "Expired"],
	["canceled", "Canceled"],
	["uncertain", "Uncertain"],
	["in_flight", "In flight"],
	["queued", "Waiting"],
];
export const LIVE_STATES = ["claimed", "dialing", "ringing", "in_progress", "uncertain"];
const NOT_OVER = ["uncertain", "in_flight", "queued"];
export const FINAL_STATES = PROGRESS.slice(0, 8).map(([state]) => state);

const LABELS = { ...Object.fromEntries(PROGRESS), dialing: "Dialling", in_progress: "On the line" };

/** Why the service has paused a campaign. */
export function pausedText(reason) {
	return reason === "budget_reached" ? "its budget allows no further call" : reason.replaceAll("_", " ");
}

export const RETRIED = ["busy", "no_answer", "voicemail", "failed"];

/** Of a call's state, or a campaign's status. */
export function labelOf(state) {
	return LABELS[state] ?? state[0].toUpperCase() + state.slice(1);
}

export function callBadge(state) {
	const live = LIVE_STATES.includes(state) && state !== "uncertain";
	return h("span.badge", { data: { tone: live ? "in_flight" : state } }, labelOf(state));
}

/** @param {ApiCampaignOut} campaign */
export function statusBadge(campaign) {
	const asleep = campaign.status === "running" && !campaign.awake;
	return h("span.badge", { data: { tone: campaign.status } }, asleep ? "Running, asleep" : labelOf(campaign.status));
}

/** @param {ApiWaiting} part of what waits */
export function waitingFor(part) {
	const zone = part.timezone ?? viewerZone;
	const until = part.until && new Date(part.until);
	const at = until ? `${until.getTime() - now().getTime() < SOON_MILLISECONDS ? clock(until, zone) : moment(until, zone)} in ${cityOf(zone)}` : "";
	switch (part.rule) {
		case "slot": return "due now, and wait for a free slot";
		case "later": return "wait for their own time: a retry, or a time that was asked for";
		case "never": return "can never be called: their hours do not open any more";
		case "draft": return "wait for the campaign's start";
		case "paused": return "wait until the campaign is resumed";
		case "legal_hours": return at ? `asleep until ${at}, when the law allows calls` : "closed by law";
		case "holiday": return `asleep over a public holiday until ${at}`;
		case "blackout": return `asleep over a day without calls until ${at}`;
		case "dates": return `asleep until the first day, ${at}`;
		default: return at ? `asleep until ${at}` : "wait";
	}
}

/** @param {ApiCallOut} call */
export function callLink(call, beside = null) {
	return h("a", { href: `#/calls/${call.id}` }, said(call.name || call.to), beside);
}

/** @param {ApiCampaignOut} campaign */
export function campaignLink(campaign) {
	return h("a", { href: `#/campaigns/${campaign.id}` }, said(campaign.name));
}

/** @param {ApiProgress} progress */
export function over(progress) {
	return progress.total - NOT_OVER.reduce((sum, state) => sum + progress[state], 0);
}

/** The states that occur. @param {ApiProgress} progress */
const partsOf = (progress) => PROGRESS.filter(([state]) => progress[state] > 0);

/** @param {ApiProgress} progress */
export function progressBar(progress) {
	const parts = partsOf(progress);
	const text = parts.map(([state, label]) => `${label} ${count(progress[state])}`).join(", ") || "no contacts";
	return h("div.progress", { role: "img", "aria-label": `${count(over(progress))} of ${counted(progress.total, "call")} over: ${text}` },
		parts.map(([state]) => h("span", { data: { tone: state }, style: { width: `${(100 * progress[state]) / progress.total}%` } })));
}

/** @param {ApiProgress} progress */
export function progressLegend(progress) {
	return h("ul.legend",
		partsOf(progress).map(([state, label]) =>
			h("li", { data: { tone: state } }, h("span.dot", { "aria-hidden": "true" }), label, h("strong.number", count(progress[state])), h("span.muted", percent(progress[state], progress.total)))));
}

export function newCampaign() {
	return h("a.button.primary", { href: "#/campaigns/new" }, icon("plus"), "New campaign");
}
