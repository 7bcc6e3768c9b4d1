/** A campaign's settings in short. */

import { money, span, viewerZone, when } from "./format.js";
import { h, said } from "./h.js";
import { DAY_NAMES, timesText, weekOf } from "./hours.js";
import { RETRIED } from "./states.js";
import { facts } from "./view.js";

/** @param {ApiCampaignOut} campaign */
export function campaignFacts(campaign) {
  const { limits, script } = campaign;
  const rows = [
    ["Zone", campaign.timezone === viewerZone ? campaign.timezone : `${campaign.timezone} (you: ${viewerZone})`],
    ["Hours", hoursLines(campaign)],
    ["Days", daysText(campaign)],
    ["Retries", ladders(campaign.retry)],
    ["In flight", limits.calls_in_flight ? `at most ${limits.calls_in_flight}` : "as many as the account may have"],
    ["Pace", [limits.calls_per_minute && `at most ${limits.calls_per_minute} a minute`, campaign.pace === "even" ? "spread over the window" : "as fast as allowed"].filter(Boolean).join(", ")],
    ["Budget", limits.budget ? money(limits.budget) : "none"],
    ["From", campaign.from?.join(", ") ?? "the account's number"],
    ["Created", when(campaign.created_at)],
    ["Script", script && (script.url ? said(script.url) : h("details", h("summary", "TwiML"), h("pre.mono.small", { dir: "auto" }, script.twiml)))]];
  return facts(rows, "dl.settings");
}

/** @param {ApiCampaignOut} campaign */
function hoursLines(campaign) {
  if (!campaign.hours) return "whenever the law allows";
  /** @type {[string, string][]} */
  const lines = [];
  weekOf(campaign.hours).forEach((spans, day) => {
    const text = timesText(spans) || "closed";
    const last = lines.at(-1);
    if (last?.[1] === text) last[0] = `${last[0].split("–")[0]}–${DAY_NAMES[day]}`;
    else lines.push([DAY_NAMES[day], text]);
  });
  const whose = campaign.hours_zone === "contact" ? "by each contact's clock" : null;
  return [...lines.map(([days, text]) => h("div.number", `${days} ${text}`)), whose && h("div.muted.small", whose)];
}

/** @param {ApiCampaignOut} campaign */
function daysText(campaign) {
  const { start_date: first, end_date: last, blackout_dates: blackout, holidays } = campaign;
  return [
    first && `from ${first}`,
    last && `until ${last}`,
    blackout.length > 0 && `not on ${blackout.join(", ")}`,
    holidays.length > 0 && `not on holidays of ${holidays.join(", ")}`,
  ].filter(Boolean).join(", ");
}

function ladders(retry) {
  const lines = Object.entries(retry).filter(([, steps]) => steps.length);
  if (!lines.length) return "none";
  return lines.map(([outcome, steps]) => h("div", `${RETRIED[outcome]}: after ${steps.map((step) => span(step.after_minutes)).join(", then ")}`));
}
