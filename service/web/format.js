/** Times, numbers and money as a person reads them: times in the viewer's zone, and in the campaign's. */

import { h } from "./h.js";
import { now } from "./session.js";

export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const MINUTE = 60_000;
const formats = new Map();

export function formatOf(options, locale = undefined) {
	const key = JSON.stringify([locale, options]);
	let format = formats.get(key);
	if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale, options)));
	return format;
}

export function knowsZone(zone) {
	try {
		return Boolean(formatOf({ timeZone: zone }));
	} catch {
		return false;
	}
}

/** Chicago */
export function cityOf(zone) {
	return (zone.split("/").pop() ?? zone).replaceAll("_", " ");
}

/** Mon 2 Mar, 09:00, of a Date, or of what makes one. */
export function moment(time, zone = viewerZone) {
	const date = new Date(time);
	const sameYear = date.getFullYear() === now().getFullYear();
	return formatOf({
		timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
		hourCycle: "h23", ...(sameYear ? {} : { year: "numeric" }),
	}).format(date);
}

/** 09:00 */
export function clock(time, zone = viewerZone) {
	return formatOf({ timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time));
}

/** in 3 h 5 min; 2 days ago */
export function distance(time) {
	const minutes = Math.round((new Date(time).getTime() - now().getTime()) / MINUTE);
	const size = Math.abs(minutes);
	if (size === 0) return "now";
	const text = size < 60 ? `${size} min` : size < 2880 ? hoursAndMinutes(size) : `${Math.round(size / 1440)} days`;
	return minutes > 0 ? `in ${text}` : `${text} ago`;
}

export function hoursAndMinutes(minutes) {
	const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
	return [hours && `${hours} h`, (rest || !hours) && `${rest} min`].filter(Boolean).join(" ");
}

/** 90 min as it is said of a retry */
export function span(minutes) {
	return minutes % 1440 === 0 ? `${minutes / 1440} d` : hoursAndMinutes(minutes);
}

/** @param {string} [zone] the campaign's: told too where its clock shows something else */
export function when(iso, zone, otherwise = "–") {
	if (!iso) return h("span.muted", otherwise);
	const date = new Date(iso);
	const mine = moment(date);
	const theirs = zone ? moment(date, zone) : mine;
	const also = zone && theirs !== mine && h("span.muted", ` (${shortIn(date, zone)})`);
	return h("time", { datetime: iso, title: `${mine} ${viewerZone}, ${distance(date)}` }, mine, also);
}

/** 09:00 in Chicago */
function shortIn(date, zone) {
	const day = formatOf({ timeZone: zone, weekday: "short" }).format(date);
	const isOtherDay = day !== formatOf({ timeZone: viewerZone, weekday: "short" }).format(date);
	return `${isOtherDay ? `${day} ` : ""}${clock(date, zone)} in ${cityOf(zone)}`;
}

export function count(value) {
	return value.toLocaleString();
}

export function counted(value, one, several = `${one}s`) {
	return `${count(value)} ${value === 1 ? one : several}`;
}

export function percent(part, whole) {
	return whole ? `${Math.round((100 * part) / whole)} %` : "0 %";
}

export function duration(seconds) {
	if (seconds === null || seconds === undefined) return "–";
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How many digits its minor unit has. */
export function minorDigits(currency) {
	return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** @param {ApiMoney} sum */
export function money(sum) {
	if (!sum) return "–";
	const { amount, currency } = sum;
	return (amount / 10 ** minorDigits(currency)).toLocaleString(undefined, { style: "currency", currency });
}
