/** Calls, with filters: all of the account, the newest first, or those of a campaign. */

import { get } from "./api.js";
import { money, when } from "./format.js";
import { h, said, swap } from "./h.js";
import { icon } from "./icons.js";
import { tellError } from "./notices.js";
import { pagedTable } from "./paged_table.js";
import { now } from "./session.js";
import { callBadge, FINAL_STATES, labelOf, LIVE_STATES } from "./states.js";
import { empty, heading } from "./view.js";

const TYPING_MILLISECONDS = 400;
export const PAGE_CALLS = 50;

export async function page(view) {
  const calls = await callsTable({ path: "/api/calls", signal: view.signal });
  const create = h("a.button.primary", { href: "#/calls/new" }, icon("calls"), "Call a number");
  view.draw("Calls", heading("Calls", null, [create]), h("section.card", calls.element));
  view.poll(calls.look);
}

/**
 * @param {{path: string, signal: AbortSignal, zone?: string, ask?: (path: string, signal: AbortSignal) => any}} of `path`: of the list;
 *   `zone`: the campaign's
 * @returns {Promise<{element: any, look: () => Promise<boolean>}>} `look` tells whether something changed
 */
export async function callsTable({ path, signal, zone, ask = get }) {
  const list = h("div");
  const state = stateSelect(() => show());
  let typing = 0;
  const later = () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => show(), TYPING_MILLISECONDS);
  };
  const phone = h("input", { id: "phone-filter", type: "search", autocomplete: "off", placeholder: "+13125550142", on: { input: later } });
  const note = h("p.error-text", { role: "status" });
  const query = () => {
    const parts = new URLSearchParams({ limit: String(PAGE_CALLS) });
    if (phone.value.trim()) parts.set("phone", phone.value.trim());
    if (state.value) parts.set("state", state.value);
    return `${path}?${parts}`;
  };
  let asked = query();
  let first = await ask(asked, signal);
  const draw = () => swap(list, first.data.length ? tableOf(first, asked, zone) : empty(state.value || phone.value ? "There is no such call." : "There are no calls yet."));
  const show = async () => {
    asked = query();
    try {
      first = await ask(asked, signal);
      note.textContent = "";
      draw();
    } catch (error) {
      if (error.status === 422) note.textContent = error.message;
      else tellError(error);
    }
  };
  draw();
  const filters = h("div.filters", { role: "search" },
    h("div", h("label", { for: "state-filter" }, "State"), state),
    h("div", h("label", { for: "phone-filter" }, "Number"), phone));
  const look = async () => {
    const found = await ask(asked, signal);
    if (found === first || list.querySelectorAll("tbody tr").length > PAGE_CALLS) return false; // who reads on is left alone
    first = found;
    draw();
    return true;
  };
  return { element: h("div", filters, note, list), look };
}

function stateSelect(change) {
  const options = (states) => states.map((each) => h("option", { value: each }, labelOf(each)));
  return h("select", { id: "state-filter", on: { change } },
    h("option", { value: "" }, "All"),
    h("option", { value: "queued" }, "Waiting"),
    h("optgroup", { label: "In flight" }, ...options(LIVE_STATES)),
    h("optgroup", { label: "Over" }, ...options(FINAL_STATES)));
}

function tableOf(first, path, zone) {
  return pagedTable({
    caption: "Calls",
    first,
    path,
    columns: [
      { head: "Contact", cell: (call) => h("a", { href: `#/calls/${call.id}` }, said(call.name || call.to), call.name && h("span.muted.mono.small", ` ${call.to}`)) },
      { head: "State", cell: (call) => callBadge(call.state) },
      { head: "Attempts", wide: true, right: true, cell: (call) => call.attempts.length },
      { head: "When", wide: true, cell: (call) => (call.finished_at ? when(call.finished_at, zone) : dueText(call, zone)) },
      { head: "Cost", wide: true, right: true, cell: (call) => money(call.cost) }],
  });
}

/** @param {ApiCallOut} call */
function dueText(call, zone) {
  if (call.state !== "queued") return "now";
  return Date.parse(call.due_at) <= now().getTime() ? h("span.muted", "due") : [h("span.muted", "from "), when(call.due_at, zone)];
}
