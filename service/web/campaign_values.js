/** From a campaign's settings to what stands in the form, and back. */

import { minorDigits } from "./format.js";
import { DAYS, hoursOf, readTimes, timesText, weekOf, withSpan } from "./hours.js";
import { speakerOf, spoken } from "./speakers.js";
import { RETRIED } from "./states.js";

const UNIT_MINUTES = { m: 1, h: 60, d: 1440 };
const ONE_STEP = /^(\d+)\s*(m|h|d)?(?:in|ours?|ays?)?$/;

/** @param {ApiCampaignOut} campaign @returns {Record<string, any>} */
export function valuesOfCampaign(campaign, currency) {
  const week = weekOf(campaign.hours);
  const { budget } = campaign.limits;
  return {
    name: campaign.name,
    timezone: campaign.timezone,
    hours_limited: Boolean(campaign.hours),
    ...Object.fromEntries(DAYS.map((day, index) => [`hours-${day}`, timesText(week[index])])),
    hours_zone: campaign.hours_zone,
    start_date: campaign.start_date,
    end_date: campaign.end_date,
    blackout_dates: campaign.blackout_dates.join(", "),
    holidays: campaign.holidays.join(", "),
    ...Object.fromEntries(RETRIED.map((outcome) => [`retry-${outcome}`, campaign.retry[outcome].map(stepText).join(", ")])),
    calls_in_flight: campaign.limits.calls_in_flight,
    calls_per_minute: campaign.limits.calls_per_minute,
    budget: budget ? (budget.amount / 10 ** minorDigits(currency)).toFixed(minorDigits(currency)) : "",
    pace: campaign.pace,
    weight: campaign.weight,
    from: campaign.from?.join(", ") ?? "",
    speaker: speakerOf(campaign.agent) ?? (campaign.script?.url ? "url" : "twiml"),
    twiml: campaign.script?.twiml ?? "",
    url: campaign.script?.url ?? "",
    on_machine: campaign.on_machine,
    on_unknown: campaign.on_unknown
  };
}

function stepText({ after_minutes: minutes }) {
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/**
 * @param {Record<string, any>} values
 * @returns {{settings: any, problems: [string, string][]}} `problems`: names of inputs, and what is wrong
 */
export function settingsOfValues(values, currency) {
  /** @type {[string, string][]} */
  const problems = [];
  const settings = {
    name: values.name.trim(),
    timezone: values.timezone.trim(),
    hours: values.hours_limited ? readWeek(values, problems) : null,
    hours_zone: values.hours_zone,
    start_date: values.start_date || null,
    end_date: values.end_date || null,
    blackout_dates: words(values.blackout_dates),
    holidays: words(values.holidays),
    retry: Object.fromEntries(RETRIED.map((outcome) => [outcome, readLadder(`retry-${outcome}`, values, problems)])),
    limits: {
      calls_in_flight: readNumber("calls_in_flight", values, problems),
      calls_per_minute: readNumber("calls_per_minute", values, problems),
      budget: readBudget(values, currency, problems),
    },
    pace: values.pace,
    weight: readNumber("weight", values, problems) ?? 1,
    from: words(values.from).length ? words(values.from) : null,
    ...spoken(values.speaker, { twiml: values.twiml, url: values.url }),
    on_machine: values.on_machine,
    on_unknown: values.on_unknown
  };
  return { settings, problems };
}

function words(text) {
  return text.split(/[\s,;]+/).filter(Boolean);
}

function readWeek(values, problems) {
  let week = weekOf(null);
  DAYS.forEach((day, index) => {
    const spans = readTimes(values[`hours-${day}`]);
    if (!spans) problems.push([`hours-${day}`, "must be times such as 09:00–17:00, separated by commas"]);
    for (const span of spans ?? []) week = withSpan(week, index, span, true);
  });
  return hoursOf(week);
}

function readLadder(name, values, problems) {
  const steps = values[name].split(",").map((step) => step.trim().toLowerCase()).filter(Boolean);
  return steps.map((step) => {
    const found = ONE_STEP.exec(step);
    if (!found) problems.push([name, "must be waits such as 15m, 2h, 1d, separated by commas"]);
    const unit = /** @type {"m" | "h" | "d"} */ (found?.[2] ?? "m");
    return { after_minutes: Number(found?.[1]) * UNIT_MINUTES[unit] };
  });
}

function readNumber(name, values, problems) {
  const text = String(values[name] ?? "").trim();
  if (!text) return null;
  if (!/^\d+$/.test(text)) problems.push([name, "must be a whole number"]);
  return Number(text);
}

function readBudget(values, currency, problems) {
  const text = values.budget.trim().replace(",", ".");
  if (!text) return null;
  const amount = Math.round(Number(text) * 10 ** minorDigits(currency));
  if (!(amount > 0)) problems.push(["budget", "must be an amount such as 25.00"]);
  return { amount, currency };
}

/** @param {string} path of a field, as the API names it @returns {string} the input's name */
export function inputOf(path) {
  const [first, second] = path.replace(/^settings\./, "").split(".");
  if (first === "hours") return `hours-${second ?? "mon"}`;
  if (first === "retry") return `retry-${second ?? "busy"}`;
  if (first === "limits") return second ?? "calls_in_flight";
  if (first === "script") return second ?? "twiml";
  if (first === "agent") return "speaker";
  return first;
}
