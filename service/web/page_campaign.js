/** One campaign: how far it is, what waits for what, when it will be over, and its calls. */

import { get } from "./api.js";
import { callsTable } from "./calls_table.js";
import { campaignActions } from "./campaign_actions.js";
import { campaignFacts } from "./campaign_facts.js";
import { count, counted, percent } from "./format.js";
import { forecastPanel } from "./forecast_panel.js";
import { h, said, swap } from "./h.js";
import { over, progressBar, progressLegend } from "./progress.js";
import { statusBadge, waitingFor } from "./states.js";
import { button, card, empty, heading } from "./view.js";

const CAN_BE_FORECAST = ["draft", "running", "paused"];

/** @param {import("./view.js").View} view @param {string} id */
export async function page(view, id) {
  const path = `/api/campaigns/${id}`;
  const look = async () => {
    const [campaign, waiting] = await Promise.all([get(path, view.signal), get(`${path}/waiting`, view.signal)]);
    return { campaign, waiting };
  };
  const [first, calls] = await Promise.all([look(), callsTable({ path: `${path}/calls`, signal: view.signal })]);
  let seen = first;
  const head = h("div");
  const progress = h("div");
  const waiting = h("div");
  const facts = h("div");
  const forecast = h("div", { "aria-live": "polite" });

  const draw = () => {
    const { campaign } = seen;
    swap(head, heading(said(campaign.name), statusBadge(campaign), campaignActions(campaign, () => lookAtOnce())), pausedNote(campaign));
    swap(progress, progressOf(campaign.progress, id));
    swap(waiting, waitingOf(seen.waiting));
    swap(facts, campaignFacts(campaign));
  };
  draw();
  view.draw(
    first.campaign.name,
    head,
    h(
      "div",
      { class: "columns" },
      h("div", null, card("Progress", progress), card("Calls", calls.element)),
      h("div", null, card("What waits", waiting), card("Forecast", forecast), card("Settings", facts)),
    ),
  );
  const ask = () => drawForecast(forecast, path, seen.campaign, view.signal, ask);
  void ask();
  const lookAtOnce = view.poll(async () => {
    const [found, newCalls] = await Promise.all([look(), calls.look()]);
    const statusChanged = found.campaign.status !== seen.campaign.status;
    const changed = found.campaign !== seen.campaign || found.waiting !== seen.waiting;
    seen = found;
    if (changed) draw();
    if (statusChanged) void ask();
    return changed || newCalls;
  });
}

/** Asked for once, and when the user wants it: it takes the service some work. @param {any} place @param {string} path @param {any} campaign @param {AbortSignal} signal @param {() => any} again */
async function drawForecast(place, path, campaign, signal, again) {
  if (!CAN_BE_FORECAST.includes(campaign.status)) return swap(place, h("p", { class: "muted" }, "It is over."));
  if (!campaign.progress.total) return swap(place, h("p", { class: "muted" }, "There is nothing to foresee before there are contacts."));
  place.setAttribute("aria-busy", "true");
  try {
    const found = await get(`${path}/forecast`, signal);
    swap(place, forecastPanel(found, campaign.timezone), button("Forecast again", again));
  } catch (error) {
    if (!signal.aborted) swap(place, h("p", { class: "error-text" }, /** @type {Error} */ (error).message), button("Try again", again));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @param {any} campaign */
function pausedNote(campaign) {
  if (!campaign.paused_reason) return null;
  const text = campaign.paused_reason === "budget" ? "Its budget allows no further call. Raise the budget, then resume." : `Paused by the service: ${campaign.paused_reason}.`;
  return h("p", { class: "callout", data: { tone: "warn" } }, text);
}

/** @param {any} progress @param {string} id */
function progressOf(progress, id) {
  if (!progress.total) return empty("It has no contacts yet.", h("a", { class: "button primary", href: `#/campaigns/${id}/import` }, "Import contacts"));
  const reached = progress.completed + progress.voicemail;
  return h(
    "div",
    { class: "stack" },
    h(
      "dl",
      { class: "facts" },
      h("div", null, h("dt", null, "Over"), h("dd", { class: "number" }, `${count(over(progress))} of ${count(progress.total)}`)),
      h("div", null, h("dt", null, "Answered"), h("dd", { class: "number" }, percent(progress.completed, over(progress)))),
      h("div", null, h("dt", null, "Reached"), h("dd", { class: "number" }, percent(reached, over(progress)))),
      h("div", null, h("dt", null, "In flight"), h("dd", { class: "number" }, count(progress.in_flight + progress.uncertain))),
    ),
    progressBar(progress),
    progressLegend(progress),
    progress.uncertain > 0 && h("p", { class: "callout", data: { tone: "warn" } }, `Of ${counted(progress.uncertain, "call")} nobody knows yet whether it rang. The provider is being asked.`),
  );
}

/** @param {any} summary */
function waitingOf(summary) {
  if (!summary.total) return h("p", { class: "muted" }, "Nothing waits.");
  return h("ul", { class: "row-list" }, ...summary.waiting.map((/** @type {any} */ part) => h("li", null, h("p", null, h("strong", { class: "number" }, counted(part.count, "call")), ` ${waitingFor(part)}`))));
}
