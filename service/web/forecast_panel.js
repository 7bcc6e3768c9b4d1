/** A forecast: when it will be over, within which band, and what it will cost. */

import { count, counted, facts, h, moment, money, now, percent, when } from "./parts.js";

const HOURS_SHOWN = 72;

/** @param {ApiForecastOut} forecast @param {string} zone the campaign's */
export function forecastPanel(forecast, zone) {
	const { finish, cost, contacts } = forecast;
	const never = finish.never;
	return h("div.stack",
		finish.p50 ? finishBand(finish, zone) : never ? h("p", h("strong", "It does not end by itself. "), never.message) : h("p", "Nothing is left to call."),
		finish.p50 && never && h("p.callout.warn", `In ${percent(never.share, 1)} of the runs it does not end: ${never.message}`),
		facts([
			["Calls", `${whole(forecast.calls.p10)} to ${whole(forecast.calls.p90)}`],
			["Telephony", `${money(cost.telephony.p10)} to ${money(cost.telephony.p90)}`],
			["Cloud", `up to ${money(cost.cloud.p90)}`],
			["Answered", contacts.outcomes.completed && `about ${whole(contacts.outcomes.completed.p50)} of ${count(contacts.total)}`]], "dl.facts"),
		hoursChart(forecast.calls_per_hour),
		...contacts.never_called.map((part) => h("p.callout.warn", `${whole(part.p50)} are never called. ${part.message}`)),
		h("p.hint", `From ${counted(forecast.runs, "simulated run")}; ${sourceText(forecast.assumptions)}. No promise.`));
}

function whole(value) {
	return value === null ? "–" : count(Math.round(value));
}

/** @param {ApiFinish} finish */
function finishBand(finish, zone) {
	const [begin, early, middle, late] = [now().getTime(), ...[finish.p10, finish.p50, finish.p90].map((each) => Date.parse(each ?? finish.p50))];
	const end = Math.max(late, begin + 1);
	const share = (time) => Math.min(100, Math.max(0, (100 * (time - begin)) / (end - begin)));
	const text = `Over by ${moment(middle)}`;
	const band = `Eight runs of ten end between ${moment(early)} and ${moment(late)}.`;
	return h("div",
		h("p", h("strong", "Over by ", when(finish.p50, zone))),
		h("div.track", { role: "img", "aria-label": `${text}. ${band}` },
			h("span.open", { style: { left: `${share(early)}%`, width: `${share(late) - share(early)}%` } }),
			h("span.mark", { style: { left: `${share(middle)}%` } })),
		h("p.hint", band));
}

/** @param {ApiHour[]} hours */
function hoursChart(hours) {
	if (!hours.length) return null;
	const shown = hours.slice(0, HOURS_SHOWN);
	const most = Math.max(...shown.map((hour) => hour.calls));
	const bars = shown.map((hour) => h("span", { style: { height: `${most ? (100 * hour.calls) / most : 0}%` } }));
	const text = `Calls per hour, at most ${most.toFixed(1)}, from ${moment(shown[0].start)} on`;
	return h("figure", h("div.bars", { role: "img", "aria-label": text }, bars), h("figcaption.hint", text + (hours.length > shown.length ? `; the first ${HOURS_SHOWN} hours with calls.` : ".")));
}

/** @param {ApiAssumptionsOut} assumptions */
function sourceText(assumptions) {
	const rate = assumptions.answer_rate;
	const value = percent(rate.value, 1);
	if (rate.source === "measured") return `${value} answer, as measured over ${counted(rate.measured_over, "call")}`;
	return `it is ${rate.source === "stated" ? "said" : "guessed"} that ${value} answer`;
}
