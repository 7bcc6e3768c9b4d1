/** From a campaign's settings to what stands in the form, and back. */

import { DAYS, hoursOf, readTimes, timesText, weekOf, withSpan } from "./hours.js";
import { minorDigits, RETRIED, words } from "./parts.js";
import { speakerValues, spoken } from "./speakers.js";

/** @typedef {(keyof ApiCampaignOut)[]} Names @type {Names} */
const PLAIN = ["name", "timezone", "hours_zone", "pace", "on_machine", "on_unknown", "start_date", "end_date"];
/** @type {Names} */
const LISTS = ["blackout_dates", "holidays", "from"];
/** @type {(keyof ApiCampaignOut["limits"])[]} */
const LIMITS = ["calls_in_flight", "calls_per_minute"];
const UNIT_MINUTES = { m: 1, h: 60, d: 1440 };
const ONE_STEP = /^(\d+)\s*(m|h|d)?(?:in|ours?|ays?)?$/;

/** @param {ApiCampaignOut} campaign @returns {Record<string, any>} */
export function valuesOfCampaign(campaign, currency) {
	const week = weekOf(campaign.hours);
	const { budget } = campaign.limits;
	return {
		...each(PLAIN, (name) => campaign[name]),
		...each(LISTS, (name) => campaign[name]?.join(", ")),
		...each(LIMITS, (name) => campaign.limits[name]),
		hours_limited: Boolean(campaign.hours),
		...Object.fromEntries(DAYS.map((day, index) => [`hours-${day}`, timesText(week[index])])),
		...Object.fromEntries(RETRIED.map((outcome) => [`retry-${outcome}`, campaign.retry[outcome].map(stepText).join(", ")])),
		budget: budget ? (budget.amount / 10 ** minorDigits(currency)).toFixed(minorDigits(currency)) : "",
		weight: campaign.weight,
		...speakerValues(campaign.agent, campaign.script)
	};
}

function each(names, valueOf) {
	return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}

function stepText({ after_minutes: minutes }) {
	if (minutes % 1440 === 0) return `${minutes / 1440}d`;
	return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** `problems`: names of inputs, and what is wrong. */
export function settingsOfValues(values, currency) {
	const problems = [];
	/** @type {Record<string, any>} */
	const settings = {
		...each(PLAIN, (name) => values[name] || null),
		...each(LISTS, (name) => words(values[name])),
		hours: values.hours_limited ? readWeek(values, problems) : null,
		retry: each(RETRIED, (outcome) => readLadder(`retry-${outcome}`, values, problems)),
		limits: { ...each(LIMITS, (name) => readNumber(name, values, problems)), budget: readBudget(values, currency, problems) },
		weight: readNumber("weight", values, problems) ?? 1,
		...spoken(values)
	};
	if (!settings.from.length) settings.from = null;
	return { settings, problems };
}

function readWeek(values, problems) {
	let week = weekOf(null);
	DAYS.forEach((day, index) => {
		const spans = readTimes(values[`hours-${day}`]);
		if (!spans) problems.push([`hours-${day}`, "must be times such as 09:00–17:00, separated by commas"]);
		for (const span of spans ?? []) week = withSpan(week, index, span, true);
	});
	return hoursOf(week);
}

function readLadder(name, values, problems) {
	const steps = values[name].split(",").map((step) => step.trim().toLowerCase()).filter(Boolean);
	return steps.map((step) => {
		const found = ONE_STEP.exec(step);
		if (!found) problems.push([name, "must be waits such as 15m, 2h, 1d, separated by commas"]);
		return { after_minutes: Number(found?.[1]) * UNIT_MINUTES[found?.[2] ?? "m"] };
	});
}

function readNumber(name, values, problems) {
	const text = String(values[name] ?? "");
	if (!text) return null;
	if (!/^\d+$/.test(text)) problems.push([name, "must be a whole number"]);
	return Number(text);
}

function readBudget(values, currency, problems) {
	const text = values.budget.replace(",", ".");
	if (!text) return null;
	const amount = Math.round(Number(text) * 10 ** minorDigits(currency));
	if (!(amount > 0)) problems.push(["budget", "must be an amount such as 25.00"]);
	return { amount, currency };
}

/** The input of a field, as the API names it. */
export function inputOf(path) {
	const [first, second] = path.replace(/^settings\./, "").split(".");
	if (first === "hours" || first === "retry") return `${first}-${second ?? { hours: "mon", retry: "busy" }[first]}`;
	if (first === "limits") return second ?? "calls_in_flight";
	if (first === "script") return second ?? "twiml";
	return first === "agent" ? "speaker" : first;
}
