/** How many calls of a campaign were dialled and answered in each hour of the day. */

import { get } from "./api.js";
import { button, count, h, percent, swap, table, tellError } from "./parts.js";

/** Counted when the user wants it: it takes the service a read for each hour. */
export function hoursPanel(path, zone, signal) {
  const place = h("div.stack", { "aria-live": "polite" });
  const show = async () => {
    try {
      swap(place, ...hoursOf(await get(`${path}/hours`, signal), zone), button("Count again", show));
    } catch (error) {
      if (!signal.aborted) tellError(error);
    }
  };
  swap(place, button("Count them", show));
  return place;
}

/** @param {ApiHoursOfDay} found */
function hoursOf({ data }, zone) {
  const called = data.filter((each) => each.dials);
  if (!called.length) return [h("p.muted", "Nobody has been called yet.")];
  const most = Math.max(...called.map((each) => each.dials));
  const bar = (each) => h("div.progress", { "aria-hidden": "true", style: { width: `${(6 * each.dials) / most}rem` } }, h("span", { data: { tone: "completed" }, style: { width: `${(100 * each.answered) / each.dials}%` } }));
  /** @type {Column[]} */
  const columns = [
    { head: "Hour", cell: (each) => `${String(each.hour).padStart(2, "0")}:00` },
    { head: "Calls", right: true, cell: (each) => count(each.dials) },
    { head: "Answered", right: true, cell: (each) => percent(each.answered, each.dials) },
    { head: "Compared", cell: (each) => each.dials > 0 && bar(each) }];
  return [
    table("Calls by the hour of the day", columns, data.slice(called[0].hour, (called.at(-1)?.hour ?? 0) + 1)),
    h("p.hint", `First dials of each call, by the clock in ${zone}. Green: answered.`)];
}
