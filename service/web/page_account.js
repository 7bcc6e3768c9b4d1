/** The account's own rules, to look at. */

import { card, facts, get, h, hoursAndMinutes, money, said, when } from "./parts.js";

export async function page(view) {
	const account = await get("/api/account", view.signal);
	const { number_caps: caps, caller_limits: callers, rate } = account;
	view.drawPage("Account rules",
		null,
		h("p.muted", "Changed by an admin's key: PATCH /api/account."),
		h("div.columns",
			h("div",
				card("Limits", facts([
					["Calls in flight", account.calls_in_flight],
					["Budget of a day", account.day_budget ? money(account.day_budget) : "none"],
					["To one number", limits([caps.per_day, "a day"], [caps.per_week, "a week"])],
					["Between calls to one number", caps.gap_minutes ? hoursAndMinutes(caps.gap_minutes) : "no limit"],
					["From one number", limits([callers.calls_in_flight, "in flight"], [callers.calls_a_day, "a day"])]])),
				card("Legal hours", facts([
					["Version of the rules", account.legal_hours_version],
					["Not bound by them in", account.legal_hours_widened.map(placeName).join(", ") || "no place: they hold everywhere"]]), h("p.hint", account.legal_hours_notice))),
			h("div", card("Account", facts([
				["Name", said(account.name)],
				["Id", h("span.mono.small", account.id)],
				["Time zone", account.timezone],
				["Country", account.default_country],
				["May call", account.allowed_countries.map(placeName).join(", ")],
				["Caller number", account.from ?? "none"],
				["Rate", `${rate.per_minute} ${rate.currency} a minute, ${rate.per_call} a call`],
				["Created", when(account.created_at)]])))));
}

function limits(...pairs) {
	return pairs.filter(([value]) => value !== null).map(([value, unit]) => `${value} ${unit}`).join(", ") || "no limit";
}

function placeName(place) {
	return place === "*" ? "everywhere" : place;
}
