/** The week to draw on: an hour a cell, by pointer or by keys. It stands as text in seven inputs, to the minute. */

import { h, nodes, unseen } from "./h.js";
import { clockOf, DAY_NAMES, DAYS, openWithin, readTimes, timesText, withSpan } from "./hours.js";

const HOURS = 24;
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -HOURS], End: [0, HOURS] };

/** `inputs`: of the days, Monday first. */
export function weekGrid(inputs, changed) {
	const cells = DAYS.map((_, day) => Array.from({ length: HOURS }, (_each, hour) => cell(day, hour)));
	let painting = null;

	const week = () => inputs.map((input) => readTimes(input.value)?.filter(([start, end]) => start < end) ?? []);
	const isOpen = (day, hour) => isFull(openWithin(week()[day], hour * 60, hour * 60 + 60));
	const paint = (day, hour, open) => {
		inputs[day].value = timesText(withSpan(week(), day, [hour * 60, hour * 60 + 60], open)[day]);
		draw();
		changed();
	};
	const draw = () => {
		week().forEach((spans, day) => cells[day].forEach((each, hour) => drawCell(each, day, hour, openWithin(spans, hour * 60, hour * 60 + 60))));
	};
	const move = (day, hour) => {
		cells.flat().forEach((each) => each.setAttribute("tabindex", "-1"));
		cells[day][hour].setAttribute("tabindex", "0");
		cells[day][hour].focus();
	};
	const press = (event) => {
		const at = placeOf(event.target);
		if (!at) return;
		const [day, hour] = at;
		const step = MOVES[event.key];
		if (step) {
			const next = [clamp(day + step[0], 6), clamp(hour + step[1], HOURS - 1)];
			if (event.shiftKey) paint(next[0], next[1], isOpen(day, hour));
			move(next[0], next[1]);
		} else if (event.key === " " || event.key === "Enter") paint(day, hour, !isOpen(day, hour));
		else return;
		event.preventDefault();
	};
	const down = (event) => {
		const at = placeOf(event.target);
		if (!at || event.button !== 0) return;
		painting = !isOpen(...at);
		paint(...at, painting);
		move(...at);
		event.preventDefault();
	};
	const over = (event) => {
		const at = placeOf(event.target);
		if (painting !== null && event.buttons && event.pointerType === "mouse" && at) paint(...at, painting);
	};
	cells[0][9].setAttribute("tabindex", "0");
	draw();
	const rows = cells.map((row, day) => h("div", { role: "row" }, h("span.day", { role: "rowheader" }, DAY_NAMES[day]), ...row));
	const element = h("div.week-grid", { role: "grid", "aria-label": "Calling hours", "aria-multiselectable": "true", "aria-describedby": "week-hint", on: { keydown: press, pointerdown: down, pointerover: over } },
		h("div", { role: "row" }, h("span", { role: "columnheader" }, unseen("Day")), ...cells[0].map((_, hour) => h("span.head", { role: "columnheader" }, String(hour)))),
		...rows);
	return { element, draw };
}

function cell(day, hour) {
	return h("div.cell", { role: "gridcell", tabindex: "-1", data: { day, hour } });
}

function placeOf(target) {
	const { day, hour } = target?.dataset ?? {};
	return hour === undefined ? null : [Number(day), Number(hour)];
}

function isFull(open) {
	return open.reduce((sum, [start, end]) => sum + end - start, 0) === 60;
}

function drawCell(element, day, hour, open) {
	const state = isFull(open) ? "open" : open.length ? `open ${timesText(open)}` : "closed";
	element.setAttribute("aria-label", `${DAY_NAMES[day]} ${clockOf(hour * 60)}, ${state}`);
	element.setAttribute("aria-selected", String(open.length > 0));
	const share = (minutes) => `${(100 * minutes) / 60}%`;
	element.replaceChildren(...nodes(open.map(([start, end]) => h("span", { style: { left: share(start - hour * 60), width: share(end - start) } }))));
}

function clamp(value, most) {
	return Math.min(most, Math.max(0, value));
}
