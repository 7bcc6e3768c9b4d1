/** A forecast: when it will be over, within which band, and what it will cost. */

import { count, counted, moment, money, percent } from "./format.js";
import { h } from "./h.js";
import { now } from "./session.js";

const HOURS_SHOWN = 72;

/** @param {any} forecast @param {string} zone the campaign's */
export function forecastPanel(forecast, zone) {
  const { finish, cost, contacts } = forecast;
  const never = finish.never;
  return h(
    "div",
    { class: "stack" },
    finish.p50 ? finishBand(finish, zone) : never ? h("p", null, h("strong", null, "It does not end by itself. "), never.message) : h("p", null, "Nothing is left to call."),
    finish.p50 && never && h("p", { class: "callout", data: { tone: "warn" } }, `In ${percent(never.share, 1)} of the runs it does not end: ${never.message}`),
    h(
      "dl",
      { class: "facts plain" },
      fact("Calls", `${whole(forecast.calls.p10)} to ${whole(forecast.calls.p90)}`),
      fact("Telephony", `${money(cost.telephony.p10)} to ${money(cost.telephony.p90)}`),
      fact("Cloud", `up to ${money(cost.cloud.p90)}`),
      fact("Answered", contacts.outcomes.completed ? `about ${whole(contacts.outcomes.completed.p50)} of ${count(contacts.total)}` : "–"),
    ),
    hoursChart(forecast.calls_per_hour),
    ...contacts.never_called.map((/** @type {any} */ part) => h("p", { class: "callout", data: { tone: "warn" } }, `${whole(part.p50)} are never called. ${part.message}`)),
    h("p", { class: "hint" }, `From ${counted(forecast.runs, "simulated run")}; ${sourceText(forecast.assumptions)}. No promise.`),
  );
}

/** @param {string} name @param {string} value */
function fact(name, value) {
  return h("div", null, h("dt", null, name), h("dd", { class: "number" }, value));
}

/** @param {number | null} value */
function whole(value) {
  return value === null ? "–" : count(Math.round(value));
}

/** @param {any} finish @param {string} zone */
function finishBand(finish, zone) {
  const [begin, early, middle, late] = [now().getTime(), ...[finish.p10, finish.p50, finish.p90].map((each) => Date.parse(each ?? finish.p50))];
  const end = Math.max(late, begin + 1);
  const share = (/** @type {number} */ time) => Math.min(100, Math.max(0, (100 * (time - begin)) / (end - begin)));
  const text = `Over by ${moment(new Date(middle))}`;
  const other = moment(new Date(middle), zone);
  const band = `Eight runs of ten end between ${moment(new Date(early))} and ${moment(new Date(late))}.`;
  return h(
    "div",
    null,
    h("p", null, h("strong", null, text), other !== moment(new Date(middle)) && h("span", { class: "muted" }, ` (${other} in ${zone})`)),
    h(
      "div",
      { class: "band", role: "img", "aria-label": `${text}. ${band}` },
      h("span", { class: "range", style: { left: `${share(early)}%`, width: `${share(late) - share(early)}%` } }),
      h("span", { class: "middle", style: { left: `${share(middle)}%` } }),
    ),
    h("p", { class: "hint" }, band),
  );
}

/** @param {{start: string, calls: number}[]} hours */
function hoursChart(hours) {
  if (!hours.length) return null;
  const shown = hours.slice(0, HOURS_SHOWN);
  const most = Math.max(...shown.map((hour) => hour.calls));
  const bars = shown.map((hour) => h("span", { style: { height: `${most ? (100 * hour.calls) / most : 0}%` }, title: `${moment(new Date(hour.start))}: ${hour.calls.toFixed(1)} calls` }));
  const text = `Calls per hour, at most ${most.toFixed(1)}, from ${moment(new Date(shown[0].start))} on`;
  return h("figure", null, h("div", { class: "bars", role: "img", "aria-label": text }, ...bars), h("figcaption", { class: "hint" }, text + (hours.length > shown.length ? `; the first ${HOURS_SHOWN} hours with calls.` : ".")));
}

/** @param {any} assumptions */
function sourceText(assumptions) {
  const rate = assumptions.answer_rate;
  const value = percent(rate.value, 1);
  if (rate.source === "measured") return `${value} answer, as measured over ${counted(rate.measured_over, "call")}`;
  return `it is ${rate.source === "stated" ? "said" : "guessed"} that ${value} answer`;
}
