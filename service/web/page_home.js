/** Home: asleep or awake, who is being called, and what needs a person. */

import { dayStrip } from "./day_strip.js";
import { callBadge, callLink, campaignLink, card, column, columns, counted, distance, empty, facts, figure, get, h, icon, moment, newCampaign, now, over, pausedText, progressBar, setClock, statusBadge, swap, table, when, wide, wideFigure } from "./parts.js";
import { usagePanel } from "./usage_panel.js";

const CAMPAIGNS_SHOWN = 8; // with their progress, which is counted anew for each
const CALLS_SHOWN = 10;
const WAKES_SHOWN = 8; // in words
const WAKES_ASKED = 48; // on the strip: all that are kept, for one read
/** As the service says it of a provider's 401 or 403, and of a secret that it cannot read. */
const CREDENTIALS = /refused the account|^The agent's secret/;
const LOOKS_AT_STATUS_ALONE = 9; // while the service sleeps and its status stays the same, one look in ten is at all
const ON_THE_WAY = ["in_progress", "ringing", "dialing", "claimed"];

export async function page(view) {
	const [hero, attention, day, campaigns, calls, wakes] = Array.from({ length: 6 }, () => h("div"));
	let seen = await lookAtAll(view.signal);
	let sameStatus = 0;

	const drawTimes = () => {
		swap(hero, heroOf(seen.status));
		swap(day, dayStrip(seen.running.data, seen.status.next_wake, seen.wakes.data));
	};
	const draw = () => {
		drawTimes();
		swap(attention, attentionOf(seen));
		swap(campaigns, campaignsOf(seen.running, seen.details));
		swap(calls, callsOf(seen.calls, seen.status.calls_in_flight));
		swap(wakes, wakesOf(seen.wakes.data.slice(0, WAKES_SHOWN)));
	};
	draw();
	view.drawPage("Home",
		[newCampaign()],
		hero,
		attention,
		columns([card("Running campaigns", campaigns)], [card("Calls in flight", calls)]),
		card("The day", day), card("This month", usagePanel(view.signal)), card("The last wakes", wakes));
	view.poll(async () => {
		const status = await get("/api/status", view.signal);
		const isSame = status === seen.status;
		if (!isSame) setClock(status.now); // what was not sent again tells an old time
		sameStatus = isSame ? sameStatus + 1 : 0;
		if (isSame && !status.awake && sameStatus % (LOOKS_AT_STATUS_ALONE + 1)) return drawTimes();
		const found = await lookAtAll(view.signal, status, seen);
		const changed = !isSame || found.parts.some((part, index) => part !== seen.parts[index]);
		seen = found;
		changed ? draw() : drawTimes();
		return changed;
	});
}

/** @param {any} [known] the status, if just asked for @param {any} [before] what was seen last */
async function lookAtAll(signal, known, before) {
	const status = known ?? (await get("/api/status", signal));
	const list = (what) => get(`/api/campaigns?status=${what}&limit=50`, signal);
	const inState = (state) => get(`/api/calls?state=${state}&limit=${CALLS_SHOWN}`, signal);
	const states = status.calls_in_flight > 0 ? ON_THE_WAY : [];
	const wakesAsked = get(`/api/receipts?limit=${WAKES_ASKED}`, signal);
	const queuedAsked = before && before.status === status ? before.queued : inState("queued"); // none is refused while all stands still
	const parts = await Promise.all([wakesAsked, list("running"), list("paused"), inState("uncertain"), queuedAsked, ...states.map(inState)]);
	const [wakes, running, paused, uncertain, queued, ...live] = parts;
	const shown = running.data.slice(0, CAMPAIGNS_SHOWN);
	const details = await Promise.all(shown.map((each) => get(`/api/campaigns/${each.id}`, signal)));
	const calls = live.flatMap((page) => page.data).slice(0, CALLS_SHOWN);
	return { status, wakes, running, paused, uncertain, queued, details, calls, parts: [...parts, ...details] };
}

/** @param {ApiServiceStatus} status */
function heroOf(status) {
	const wake = status.next_wake;
	return h("section.card.hero", { data: { awake: String(status.awake) }, "aria-label": "The service" },
		h("div.hero-mark", icon(status.awake ? "sun" : "moon")),
		h("div.hero-text", h("p.hero-state", status.awake ? "Awake" : "Asleep"), h("p.muted", status.reason.replace(/^(Asleep|Awake):? /, "").replace(/^./, (first) => first.toUpperCase()))),
		facts([
			["Next wake", status.awake ? "Now" : wake ? [moment(wake), h("span.muted.small", ` ${distance(wake)}`)] : "When there is work"],
			["Calls in flight", String(status.calls_in_flight)]], "dl.facts"));
}

function attentionOf({ uncertain, paused, queued }) {
	const stopped = paused.data.filter((campaign) => campaign.paused_reason);
	const items = [
		...refusals(queued.data).map(([trouble, call]) => h("li", callLink(call), ` – not dialled: ${trouble} Look at the credentials.`)),
		...uncertain.data.map((call) =>
			h("li", callLink(call), " – nobody knows yet whether it rang. The provider is being asked.")),
		...stopped.map((campaign) =>
			h("li", campaignLink(campaign), " – paused by the service: ", h("strong", `${pausedText(campaign.paused_reason)}.`)))];
	if (!items.length) return null;
	return h("section.callout.warn", h("h2", `Needs attention (${items.length})`), h("ul.stack", items));
}

/** For each way in which credentials are refused, one call that waits for it. @param {ApiCallOut[]} queued */
function refusals(queued) {
	return [...new Map(queued.map((call) => [call.trouble ?? "", call]))].filter(([trouble]) => CREDENTIALS.test(trouble));
}

/** @param {ApiPageCampaignOut} running @param {ApiCampaignWithProgress[]} details */
function campaignsOf(running, details) {
	if (!details.length) return empty("No campaign runs.", h("a.button", { href: "#/campaigns" }, "All campaigns"));
	const more = running.data.length > details.length || running.next_cursor;
	return [
		h("ul.row-list",
			details.map((campaign) =>
				h("li",
					h("div.row-head", campaignLink(campaign), statusBadge(campaign)),
					progressBar(campaign.progress),
					h("p.muted.small", `${over(campaign.progress)} of ${counted(campaign.progress.total, "call")} over`, nextOf(campaign))))),
		more && h("p", h("a", { href: "#/campaigns" }, "All campaigns"))];
}

/** @param {ApiCampaignWithProgress} campaign */
function nextOf(campaign) {
	if (!campaign.next_due_at || Date.parse(campaign.next_due_at) <= now().getTime()) return null;
	return [", goes on ", when(campaign.next_due_at, campaign.timezone)];
}

/** @param {ApiCallOut[]} calls */
function callsOf(calls, inFlight) {
	if (!calls.length) return empty(inFlight ? "Their states are not known for the moment." : "Nobody is being called.");
	return [
		h("ul.row-list",
			calls.map((call) => h("li", h("div.row-head", callLink(call), callBadge(call.state))))),
		inFlight > calls.length && h("p", h("a", { href: "#/calls" }, "All calls"))];
}

/** @param {ApiPassReceiptOut[]} wakes */
function wakesOf(wakes) {
	if (!wakes.length) return empty("It has not woken yet.");
	const columns = [
		column("When", (wake) => when(wake.at)),
		column("Why", (wake) => wake.reason),
		figure("Calls begun", (wake) => wake.claimed),
		wide("Then", (wake) => (wake.awake ? "awake" : when(wake.next_wake, undefined, "asleep until there is work"))),
		wideFigure("Reads, writes, tasks", (wake) => [wake.reads, wake.writes, wake.tasks].map((each) => each ?? "–").join(", "))];
	return table("The last wakes", columns, wakes);
}
