/** A new campaign, or one that is edited, with a forecast beside it that is drawn anew while one types. */

import { campaignForm } from "./campaign_form.js";
import { inputOf, settingsOfValues, valuesOfCampaign } from "./campaign_values.js";
import { forecastPanel } from "./forecast_panel.js";
import { account, actingForm, button, card, field, get, go, h, keep, kept, knowsZone, patch, post, putValues, swap, tagOf, tell, Unreadable, valuesOf, viewerZone } from "./parts.js";
import { HELLO, speakerFields } from "./speakers.js";

const FORECAST_MILLISECONDS = 700; // after the last change
const SEED = 1; // the same dice each time, so that only what was edited changes the forecast
const CONTACTS_ASSUMED = 1000;

/** Without an id: a new one. */
export async function page(view, id) {
	const currency = account.rate.currency;
	const path = `/api/campaigns/${id}`;
	const campaign = id ? await get(path, view.signal) : null;
	const speakers = await speakerFields(view.signal, campaign?.agent, true);
	const tag = tagOf(path);
	const draftKey = `reveille.draft.${account.id}.${id ?? "new"}`;
	const initial = valuesOfCampaign(campaign ?? fresh(), currency);
	const { settings: before } = settingsOfValues(initial, currency);

	const forecast = h("div", { "aria-live": "polite" });
	const draftNote = h("div");
	const assumed = campaign?.progress.total ? null : field("contacts", "Contacts to assume", { inputmode: "numeric", value: CONTACTS_ASSUMED, on: { input: () => changed() } });
	let timer = 0;
	const changed = () => {
		keep(draftKey, changesOf(valuesOf(form), untouched)); // the rest may be edited elsewhere
		clearTimeout(timer);
		timer = window.setTimeout(foresee, FORECAST_MILLISECONDS);
	};
	view.signal.addEventListener("abort", () => clearTimeout(timer));
	const { sections, redraw } = campaignForm(currency, speakers, changed);
	const foresee = () => drawForecast(forecast, settingsOfValues(valuesOf(form), currency), view.signal, (settings, signal) => {
		if (!assumed) return post(`${path}/forecast`, { settings: changesOf(settings, before), seed: SEED }, signal);
		const contacts = Number(assumed.querySelector("input").value) || CONTACTS_ASSUMED;
		return post("/api/campaigns/forecast", { ...settings, name: settings.name || "?", contacts, seed: SEED }, signal);
	});

	const act = async (values) => {
		const { settings, problems } = settingsOfValues(values, currency);
		if (problems.length) throw new Unreadable(problems);
		const changes = changesOf(settings, before);
		if (!campaign) go(`campaigns/${(await post("/api/campaigns", settings)).id}/import`);
		else {
			if (Object.keys(changes).length) await patch(path, changes, tag);
			go(`campaigns/${id}`);
		}
		keep(draftKey, null);
		tell(campaign ? "Saved." : "A draft is made. Now its contacts.");
	};
	const leave = h("a.button", { href: campaign ? `#/campaigns/${id}` : "#/campaigns" }, "Leave");
	const form = actingForm({ fields: sections, label: campaign ? "Save" : "Make the draft", act, inputOf, beside: leave, on: { input: changed, change: changed } });
	view.drawPage(campaign ? "Edit campaign" : "New campaign", null, draftNote, h("div.columns", form, h("div.beside", card("Forecast", h("div.stack", assumed, forecast)))));

	const put = (values) => {
		putValues(form, values);
		redraw();
		foresee();
	};
	putValues(form, initial);
	const untouched = valuesOf(form);
	const draft = kept(draftKey) ?? {};
	put(draft);
	if (!Object.keys(draft).length) return;
	const discard = () => {
		keep(draftKey, null);
		form.reset();
		put(initial);
		swap(draftNote);
	};
	swap(draftNote, h("div.callout.row-head", h("p", "This is your draft of earlier, kept on this machine."), button("Discard the draft", discard)));
}

function changesOf(settings, before) {
	return Object.fromEntries(Object.entries(settings).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

let asked = new AbortController();

async function drawForecast(place, { settings, problems }, leaving, ask) {
	asked.abort();
	asked = new AbortController();
	const signal = AbortSignal.any([asked.signal, leaving]);
	if (problems.length) return swap(place, h("p.muted", "The forecast waits until all fields can be read."));
	place.setAttribute("aria-busy", "true");
	if (!place.firstChild) swap(place, h("p.muted", "Working it out…"));
	try {
		const found = await ask(settings, signal);
		swap(place, forecastPanel(found, knowsZone(settings.timezone) ? settings.timezone : viewerZone));
	} catch (error) {
		if (signal.aborted) return;
		swap(place, h("p.muted", `No forecast: ${error.message}`));
	}
	place.removeAttribute("aria-busy");
}

/** What a new campaign begins with. @returns {any} */
function fresh() {
	const office = [{ start: "09:00", end: "17:00" }];
	return {
		name: "",
		timezone: account.timezone === "UTC" ? viewerZone : account.timezone,
		hours: { mon: office, tue: office, wed: office, thu: office, fri: office },
		hours_zone: "campaign",
		retry: { busy: [{ after_minutes: 15 }], no_answer: [{ after_minutes: 120 }], voicemail: [], failed: [] },
		limits: {},
		pace: "fast",
		weight: 1,
		script: { twiml: HELLO },
		on_machine: "count_as_answered",
		on_unknown: "assume_placed"
	};
}
