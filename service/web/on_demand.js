/** A part of a page that costs the service many reads: it is there when the user asks for it. */

import { button, h, swap } from "./parts.js";

/** @param {() => Promise<any>} ask @param {(found: any) => Child} draw */
export function onDemand(label, again, ask, draw) {
  const place = h("div.stack", { "aria-live": "polite" });
  const show = async () => swap(place, draw(await ask()), button(again, show));
  swap(place, button(label, show));
  return place;
}
