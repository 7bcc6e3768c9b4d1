/** The form of a campaign's settings. */

import { DAY_NAMES, DAYS } from "./hours.js";
import { button, card, choice, errorPlace, field, h, labelOf, RETRIED, tableBox, tick, viewerZone } from "./parts.js";
import { weekGrid } from "./week_grid.js";

const OFFICE = "09:00–17:00";

/** Calls `changed` when something was changed by other means than typing; `redraw` is for when values were put in. */
export function campaignForm(currency, speakers, changed) {
	const hours = hoursSection(changed);
	const sections = [
		section("What and where", field("name", "Name", { required: true, maxlength: 200 }), zoneField(), ...speakers.fields),
		hours.element,
		section("Retries", ...RETRIED.map((outcome) => field(`retry-${outcome}`, labelOf(outcome), { placeholder: "none", hint: outcome === "busy" ? "Waits after each attempt, such as 15m, 2h, 1d" : undefined }))),
		section(
			"Limits",
			field("calls_in_flight", "Calls in flight", { inputmode: "numeric", placeholder: "as the account may" }),
			field("calls_per_minute", "Calls a minute", { inputmode: "numeric", placeholder: "no limit" }),
			field("budget", `Budget (${currency})`, { inputmode: "decimal", placeholder: "none", hint: "It pauses itself before it spends more." }),
			choice("pace", "Pace", [["fast", "As fast as allowed"], ["even", "Spread over the window"]])),
		moreSection()];
	const redraw = () => {
		hours.redraw();
		speakers.redraw();
	};
	return { sections, redraw };
}

function section(title, ...fields) {
	return card(title, h("div.fields", fields));
}

function zoneField() {
	const zones = Intl.supportedValuesOf("timeZone").map((zone) => h("option", { value: zone }));
	return h("div", field("timezone", "Time zone", { list: "zones", required: true, hint: `You are in ${viewerZone}.` }), h("datalist", { id: "zones" }, zones));
}

function hoursSection(changed) {
	const inputs = DAYS.map((day) => h("input", { id: `hours-${day}`, name: `hours-${day}`, autocomplete: "off", placeholder: "closed", "aria-describedby": `hours-${day}-error`, on: { input: () => grid.draw() } }));
	const grid = weekGrid(inputs, changed);
	const drawn = h("div.stack");
	const limited = tick("hours_limited", "Only at certain hours. The legal hours where a contact is hold in any case.", { on: { change: () => redraw() } });
	const redraw = () => {
		grid.draw();
		drawn.hidden = !limited.querySelector("input").checked;
	};
	const put = (times) => () => {
		inputs.forEach((input, day) => (input.value = times[day]));
		grid.draw();
		changed();
	};
	const times = inputs.map((input, day) => h("div", h("label", { for: input.id }, DAY_NAMES[day]), input, errorPlace(input.id)));
	drawn.append(
		tableBox("The week", grid.element),
		h("p.hint", { id: "week-hint" }, "Draw with the mouse, or with arrow keys and space; shift and an arrow go on."),
		h("div.actions", button("Weekdays 9 to 5", put([...Array(5).fill(OFFICE), "", ""])), button("Every day as Monday", () => put(Array(7).fill(inputs[0].value))()), button("Clear", put(Array(7).fill("")))),
		h("div.day-times", times),
		h("div.fields", choice("hours_zone", "On whose clock", [["campaign", "The campaign's"], ["contact", "Each contact's own"]])));
	const element = h("section.card.stack", h("h2", "Hours"), limited, drawn);
	return { element, redraw };
}

function moreSection() {
	return h("section.card",
		h("details",
			h("summary", "Days, caller numbers, machines"),
			h("div.fields",
				field("start_date", "First day", { type: "date" }),
				field("end_date", "Last day", { type: "date" }),
				field("blackout_dates", "Days without calls", { placeholder: "2026-12-24, 2026-12-31" }),
				field("holidays", "Holidays of", { placeholder: "US, GB-ENG" }),
				field("from", "Caller numbers", { placeholder: "the account's", all: true, hint: "One, or a pool: +13125550100, +17735550100" }),
				choice("on_machine", "When a machine answers", [["count_as_answered", "Count it as answered"], ["leave_message", "Leave the message"], ["hang_up", "Hang up"]]),
				choice("on_unknown", "When nobody knows whether it rang", [["assume_placed", "Assume that it did"], ["redial", "Call again: it may ring twice"]]),
				field("weight", "Weight beside other campaigns", { inputmode: "numeric" }))));
}
