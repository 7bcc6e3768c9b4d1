/** How far a campaign is: a bar by outcome, and what its colours mean. */

import { count, counted, h, percent, PROGRESS } from "./parts.js";

const NOT_OVER = ["uncertain", "in_flight", "queued"];

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
