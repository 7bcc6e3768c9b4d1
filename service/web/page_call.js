/** One call: its attempts, what was said, and why it is not dialled now. */

import { askingButton, button, callBadge, campaignLink, card, columns, counted, dialogButtons, duration, facts, get, go, h, heading, labelOf, money, now, openDialog, post, remove, said, swap, tell, when } from "./parts.js";

const REMOVABLE = ["queued", "claimed"]; // nobody has been dialled

export async function page(view, id) {
	const look = async () => {
		const call = await get(`/api/calls/${id}`, view.signal);
		const why = call.finished_at ? null : await get(`/api/calls/${id}/why`, view.signal);
		return { call, why };
	};
	let seen = await look();
	const { campaign_id: campaignId } = seen.call;
	const campaign = campaignId ? await get(`/api/campaigns/${campaignId}`, view.signal) : null;
	const zone = campaign?.timezone;
	const [head, reason, attempts, settings] = Array.from({ length: 4 }, () => h("div"));
	const draw = () => {
		const { call, why } = seen;
		swap(head, heading(said(call.name || call.to), callBadge(call.state), actionsOf(call, campaign, () => lookAtOnce())));
		swap(reason, why && call.state === "queued" ? whyOf(why, zone) : null);
		swap(attempts, attemptsOf(call, zone));
		swap(settings, factsOf(call, campaign));
	};
	draw();
	view.draw(seen.call.name || seen.call.to, head, columns([reason, card("Attempts", attempts)], [card("The call", settings)]));
	const lookAtOnce = view.poll(async () => {
		const found = await look();
		if (found.call === seen.call && found.why === seen.why) return false;
		seen = found;
		draw();
		return true;
	});
}

/** @param {ApiCallOut} call @param {ApiCampaignWithProgress | null} campaign */
function actionsOf(call, campaign, changed) {
	const cancelQuestion = { title: "Cancel this call?", text: "It will not be made, and not be tried again. This cannot be undone.", yes: "Cancel the call" };
	const done = (act, text) => async () => {
		await act();
		tell(text);
		changed();
	};
	const cancel = done(() => post(`/api/calls/${call.id}/cancel`), "Canceled.");
	const removeQuestion = { title: "Remove this contact?", text: `${call.to} is taken out of “${campaign?.name}” and not called, or not again. Importing the number once more does not bring it back.`, yes: "Remove the contact" };
	const removed = done(() => remove(`/api/campaigns/${call.campaign_id}/contacts/${encodeURIComponent(call.to)}`), "Removed from the campaign.");
	return [
		button("Call back at…", () => callBackAsked(call, changed)),
		campaign && REMOVABLE.includes(call.state) ? askingButton("Remove contact", removeQuestion, removed) : !call.finished_at && askingButton("Cancel call", cancelQuestion, cancel)];
}

async function callBackAsked(call, changed) {
	const at = h("input", { id: "callback-at", type: "datetime-local", required: true });
	const body = [h("label", { for: "callback-at" }, "On your clock"), at, dialogButtons("Close", "Call back then")];
	const answer = await openDialog("When does the contact want to be called?", body);
	if (answer !== "yes" || !at.value) return;
	const made = await post(`/api/calls/${call.id}/callback`, { at: new Date(at.value).toISOString() });
	tell("It is called back then, if its hours allow.");
	if (made.id === call.id) changed();
	else go(`calls/${made.id}`);
}

/** @param {ApiWhyNotNow} why */
function whyOf(why, zone) {
	const block = (each) => [each.message, each.until && [h("span.muted", " Until "), when(each.until, zone)]];
	return card("Why not now?",
		h("div.stack",
			h("p", why.blocked_by ? h("strong", block(why.blocked_by)) : "Nothing keeps it: the next pass takes it."),
			why.also.length > 0 && h("div", h("p.muted.small", "Also:"), h("ul.stack", why.also.map((each) => h("li", block(each))))),
			h("p.muted", mayRing(why.may_ring_at, zone))));
}

function mayRing(at, zone) {
	if (!at) return "As things are it will not ring.";
	if (Date.parse(at) <= now().getTime()) return "Its time has come: it rings as soon as there is room.";
	return ["As things are it may ring ", when(at, zone), "."];
}

/** @param {ApiCallOut} call */
function attemptsOf(call, zone) {
	if (!call.attempts.length) return h("p.muted", "It was not dialled yet.");
	return h("ol.timeline", call.attempts.map((attempt) => h("li", { data: { tone: attempt.outcome ?? "in_flight" } }, attemptLines(attempt, zone))));
}

/** @param {ApiAttemptOut} attempt */
function attemptLines(attempt, zone) {
	const told = [
		attempt.duration_seconds !== null && duration(attempt.duration_seconds),
		attempt.cost && money(attempt.cost),
		attempt.answered_by && `a ${attempt.answered_by} answered`].filter(Boolean);
	return [
		h("div.row-head", h("h3", `Attempt ${attempt.number}`), attempt.outcome ? h("span.badge", labelOf(attempt.outcome)) : null),
		h("p", when(attempt.dialed_at, zone, "not dialled"), told.map((each) => ` · ${each}`)),
		attempt.error && h("p.error-text", { dir: "auto" }, attempt.error),
		attempt.summary && h("p.said", { dir: "auto" }, attempt.summary),
		isHttps(attempt.recording_url) && h("p", h("a", { href: attempt.recording_url, target: "_blank", rel: "noopener noreferrer" }, "Recording (opens elsewhere)")),
		attempt.transcript && h("details", h("summary", "Transcript"), h("pre.small", { dir: "auto" }, attempt.transcript)),
		h("p.muted.small.said", `from ${attempt.from ?? "–"} · ${attempt.provider ?? "–"} ${attempt.provider_id ?? ""}`)];
}

/** An address from elsewhere is a link only if it can do no harm. */
function isHttps(url) {
	return /^https:/i.test(url ?? "");
}

/** @param {ApiCallOut} call @param {ApiCampaignWithProgress | null} campaign */
function factsOf(call, campaign) {
	const zone = campaign?.timezone;
	return facts([
		["To", h("span.mono", call.to)],
		["Campaign", campaign ? campaignLink(campaign) : "none: a direct call"],
		["Name", call.name && said(call.name)],
		["Reference", call.external_id && said(call.external_id)],
		["Created", when(call.created_at)],
		[call.finished_at ? "Over" : "Due", when(call.finished_at ?? call.due_at, zone)],
		["Not dialled because", call.finished_at && call.trouble && said(call.trouble)],
		["Asked for a call at", call.callback_at && when(call.callback_at, zone)],
		["Attempts", counted(call.attempts.length, "attempt")],
		["Cost", call.cost && money(call.cost)],
		...Object.entries(call.variables).map(([name, value]) => [said(name), said(value, "empty")])]);
}
