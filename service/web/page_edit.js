/** A new campaign, or one that is edited, with a forecast beside it that is drawn anew while one types. */

import { get, patch, post, tagOf } from "./api.js";
import { campaignForm } from "./campaign_form.js";
import { inputOf, settingsOfValues, valuesOfCampaign } from "./campaign_values.js";
import { knowsZone, viewerZone } from "./format.js";
import { forecastPanel } from "./forecast_panel.js";
import { actingForm, field, keepDraft, putValues, readDraft, Unreadable, valuesOf } from "./form_fields.js";
import { h, swap } from "./h.js";
import { tell } from "./notices.js";
import { go } from "./router.js";
import { account } from "./session.js";
import { speakers } from "./speakers.js";
import { button, card, heading } from "./view.js";

const FORECAST_MILLISECONDS = 700; // after the last change
const SEED = 1; // the same dice each time, so that only what was edited changes the forecast
const CONTACTS_ASSUMED = 1000;

/** @param {string} [id] none: a new one */
export async function page(view, id) {
  const currency = account.rate.currency;
  const campaign = id ? await get(`/api/campaigns/${id}`, view.signal) : null;
  const choices = await speakers(view.signal, campaign?.agent);
  const tag = id ? tagOf(`/api/campaigns/${id}`) : null;
  const draftKey = `reveille.draft.${account.id}.${id ?? "new"}`;
  const initial = valuesOfCampaign(campaign ?? fresh(account), currency);
  const { settings: before } = settingsOfValues(initial, currency);

  const forecast = h("div", { "aria-live": "polite" });
  const draftNote = h("div");
  const assumed = campaign?.progress.total ? null : field("contacts", "Contacts to assume", { inputmode: "numeric", value: CONTACTS_ASSUMED });
  let timer = 0;
  const changed = () => {
    keepDraft(draftKey, valuesOf(form));
    clearTimeout(timer);
    timer = window.setTimeout(() => void foresee(), FORECAST_MILLISECONDS);
  };
  view.signal.addEventListener("abort", () => clearTimeout(timer));
  const { sections, redraw } = campaignForm(currency, choices, changed);
  const foresee = () => drawForecast(forecast, settingsOfValues(valuesOf(form), currency), before, id, assumed, view.signal);

  const act = async (values) => {
    const { settings, problems } = settingsOfValues(values, currency);
    if (problems.length) throw new Unreadable(problems);
    const made = campaign ? await edited(campaign.id, settings, before, tag) : await post("/api/campaigns", settings);
    keepDraft(draftKey, null);
    tell(campaign ? "Saved." : "A draft is made. Now its contacts.");
    go(campaign ? `campaigns/${campaign.id}` : `campaigns/${made.id}/import`);
  };
  const leave = h("a.button", { href: campaign ? `#/campaigns/${campaign.id}` : "#/campaigns" }, "Leave");
  const form = actingForm({ fields: sections, label: campaign ? "Save" : "Make the draft", act, inputOf, beside: leave, on: { input: changed, change: changed } });
  const title = campaign ? "Edit campaign" : "New campaign";
  view.draw(title, heading(title), draftNote, h("div.columns", form, h("div.beside", card("Forecast", h("div.stack", assumed, forecast)))));
  assumed?.addEventListener("input", changed);

  const draft = readDraft(draftKey);
  putValues(form, { ...initial, ...draft });
  redraw();
  if (draft) {
    const discard = () => {
      keepDraft(draftKey, null);
      putValues(form, initial);
      redraw();
      swap(draftNote);
      void foresee();
    };
    swap(draftNote, h("div.callout.row-head", h("p", "This is your draft of earlier, kept on this machine."), button("Discard the draft", discard)));
  }
  void foresee();
}

async function edited(id, settings, before, tag) {
  const changes = changesOf(settings, before);
  return Object.keys(changes).length ? patch(`/api/campaigns/${id}`, changes, tag) : null;
}

/** @returns {any} what differs */
function changesOf(settings, before) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

let asked = new AbortController();

async function drawForecast(place, { settings, problems }, before, id, assumed, leaving) {
  asked.abort();
  const mine = (asked = new AbortController());
  const signal = AbortSignal.any([mine.signal, leaving]);
  if (problems.length) return swap(place, h("p.muted", "The forecast waits until all fields can be read."));
  place.setAttribute("aria-busy", "true");
  if (!place.firstChild) swap(place, h("p.muted", "Working it out…"));
  const contacts = Number(assumed?.querySelector("input").value) || CONTACTS_ASSUMED;
  const name = settings.name || "?";
  try {
    const found = assumed
      ? await post("/api/campaigns/forecast", { ...settings, name, contacts, seed: SEED }, signal)
      : await post(`/api/campaigns/${id}/forecast`, { settings: changesOf(settings, before), seed: SEED }, signal);
    swap(place, forecastPanel(found, knowsZone(settings.timezone) ? settings.timezone : viewerZone));
  } catch (error) {
    if (signal.aborted) return;
    swap(place, h("p.muted", `No forecast: ${error.message}`));
  }
  place.removeAttribute("aria-busy");
}

/** What a new campaign begins with. @returns {any} */
function fresh(account) {
  const office = [{ start: "09:00", end: "17:00" }];
  return {
    name: "",
    timezone: account.timezone === "UTC" ? viewerZone : account.timezone,
    hours: { mon: office, tue: office, wed: office, thu: office, fri: office },
    hours_zone: "campaign",
    start_date: null,
    end_date: null,
    blackout_dates: [],
    holidays: [],
    retry: { busy: [{ after_minutes: 15 }], no_answer: [{ after_minutes: 120 }], voicemail: [], failed: [] },
    limits: { calls_in_flight: null, calls_per_minute: null, budget: null },
    pace: "fast",
    weight: 1,
    from: null,
    agent: null,
    script: { twiml: "<Response><Say>Hello {name}.</Say></Response>" },
    on_machine: "count_as_answered",
    on_unknown: "assume_placed"
  };
}
