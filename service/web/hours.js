/** Calling hours: as the API has them, as spans of minutes for each day, as text, and as moments. */

import { formatOf } from "./format.js";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY_MINUTES = 1440;
const ONE_TIME = /^(\d{1,2})(?:[:.](\d{2}))?$/;

/** What goes over midnight is cut there. @returns {Week} */
export function weekOf(hours) {
	let week = DAYS.map(() => []);
	DAYS.forEach((day, index) => {
		for (const window of hours?.[day] ?? []) {
			week = withSpan(week, index, [minutesOf(window.start), minutesOf(window.end)], true);
		}
	});
	return week;
}

export function hoursOf(week) {
	/** @type {Hours} */
	const hours = {};
	week.forEach((spans, day) => {
		if (spans.length) hours[DAYS[day]] = spans.map(([start, end]) => ({ start: clockOf(start), end: clockOf(end) }));
	});
	return hours;
}

/** A `span` that ends before it starts goes on into the next day. `open`: or closed. @returns {Week} */
export function withSpan(week, day, span, open) {
	const [start, end] = span;
	if (end <= start) {
		const evening = withSpan(week, day, [start, DAY_MINUTES], open);
		return end === 0 ? evening : withSpan(evening, (day + 1) % 7, [0, end], open);
	}
	return week.map((spans, index) => (index === day ? painted(spans, start, end, open) : spans));
}

function painted(spans, start, end, open) {
	const minutes = Array(DAY_MINUTES + 1).fill(false);
	for (const [from, to] of spans) minutes.fill(true, from, to);
	minutes.fill(open, start, end);
	const edges = [...minutes.keys()].filter((at) => minutes[at] !== (minutes[at - 1] ?? false));
	return edges.flatMap((edge, index) => (index % 2 ? [] : [[edge, edges[index + 1]]]));
}

/** What of it is open. */
export function openWithin(spans, start, end) {
	const cut = spans.map(([from, to]) => [Math.max(from, start), Math.min(to, end)]);
	return cut.filter(([from, to]) => from < to);
}

function minutesOf(clock) {
	return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

export function clockOf(minutes) {
	const two = (part) => String(part).padStart(2, "0");
	return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** 09:00–12:00, 13:00–17:00 */
export function timesText(spans) {
	return spans.map(([start, end]) => `${clockOf(start)}–${clockOf(end)}`).join(", ");
}

/** Null: it cannot be read. */
export function readTimes(text) {
	const spans = [];
	for (const part of text.split(",").map((each) => each.trim()).filter(Boolean)) {
		const ends = part.split(/\s*(?:-|–|—|to)\s*/);
		const [start, end] = ends.map(readTime);
		if (ends.length !== 2 || start === null || end === null || start === end || start === DAY_MINUTES) return null;
		spans.push([start, end]);
	}
	return spans;
}

function readTime(text) {
	const found = ONE_TIME.exec(text);
	if (!found) return null;
	const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0);
	return Number(found[2] ?? 0) < 60 && minutes <= DAY_MINUTES ? minutes : null;
}

/** What a zone's wall clock shows, as if it were UTC. */
function wallTime(time, zone) {
	const format = formatOf({ timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }, "en-US");
	const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
	return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute);
}

/** The moment at which a zone's wall clock shows this. */
function momentOf(wall, zone) {
	const near = wall - (wallTime(wall, zone) - wall);
	return near - (wallTime(near, zone) - wall);
}

/** When a campaign may call, between two moments; its holidays and the law are the service's to know. */
export function openings(campaign, from, to) {
	const zone = campaign.timezone;
	const week = campaign.hours ? weekOf(campaign.hours) : DAYS.map(() => [[0, DAY_MINUTES]]);
	const found = [];
	const firstDay = Math.floor(wallTime(from.getTime(), zone) / 86_400_000);
	const lastDay = Math.floor(wallTime(to.getTime(), zone) / 86_400_000);
	for (let day = firstDay; day <= lastDay; day += 1) {
		const midnight = day * 86_400_000;
		if (isWithoutCalls(campaign, new Date(midnight).toISOString().slice(0, 10))) continue;
		for (const [start, end] of week[(new Date(midnight).getUTCDay() + 6) % 7]) {
			const [opens, closes] = [start, end].map((minutes) => momentOf(midnight + minutes * 60_000, zone));
			const cut = [Math.max(opens, from.getTime()), Math.min(closes, to.getTime())];
			if (cut[0] < cut[1]) found.push(cut);
		}
	}
	return found;
}

/** @param {ApiCampaignOut} campaign */
function isWithoutCalls(campaign, day) {
	const { start_date: first, end_date: last, blackout_dates: blackout } = campaign;
	return (first && day < first) || (last && day > last) || blackout.includes(day);
}
