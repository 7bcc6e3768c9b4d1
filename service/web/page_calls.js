/** All calls of the account, the newest first. */

import { callsTable } from "./calls_table.js";
import { h } from "./h.js";
import { icon } from "./icons.js";
import { heading } from "./view.js";

export async function page(view) {
  const calls = await callsTable({ path: "/api/calls", signal: view.signal });
  const create = h("a.button.primary", { href: "#/calls/new" }, icon("calls"), "Call a number");
  view.draw("Calls", heading("Calls", null, [create]), h("section.card", calls.element));
  view.poll(calls.look);
}
