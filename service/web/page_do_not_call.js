/** Numbers that are not called. */

import { get, post, remove, sendBody } from "./api.js";
import { counted, when } from "./format.js";
import { actingForm, field } from "./form_fields.js";
import { h, said, swap } from "./h.js";
import { icon } from "./icons.js";
import { errorsTable } from "./import_preview.js";
import { ask, tell } from "./notices.js";
import { pagedTable } from "./paged_table.js";
import { button, card, empty, heading } from "./view.js";

const TYPING_MILLISECONDS = 400;

export async function page(view) {
  const list = h("div");
  let typing = 0;
  const later = () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => void show(), TYPING_MILLISECONDS);
  };
  const search = h("input", { id: "search", type: "search", autocomplete: "off", placeholder: "+13125550142", on: { input: later } });
  const show = async () => {
    const wanted = search.value.trim();
    const path = `/api/do-not-call?${wanted ? `phone=${encodeURIComponent(wanted)}` : "limit=50"}`;
    const first = await get(path, view.signal);
    swap(list, first.data.length ? tableOf(first, path, show) : empty(wanted ? "This number is not on the list." : "The list is empty."));
  };
  await show();
  view.draw("Do not call",
    heading("Do not call"),
    h("p.muted", "A number that is here is not called, by any campaign."),
    h("div.columns", h("div", card("Numbers", h("div.filters", { role: "search" }, h("div", h("label", { for: "search" }, "Find a number"), search)), list)), h("div", addForm(show), fileForm(show))));
}

function tableOf(first, path, changed) {
  return pagedTable({
    caption: "Numbers that are not called",
    first,
    path,
    columns: [
      { head: "Number", cell: (number) => h("span.mono", number.phone) },
      { head: "Reason", cell: (number) => [said(number.reason, "none given"), !number.active && h("span.badge", "Expired")] },
      { head: "Until", wide: true, cell: (number) => when(number.expires_at, undefined, "for good") },
      { head: "Since", wide: true, cell: (number) => when(number.created_at) },
      { head: h("span.visually-hidden", "Action"), right: true, cell: (number) => button(["Remove", h("span.visually-hidden", ` ${number.phone}`)], () => removed(number, changed), "quiet") }],
  });
}

/** @param {ApiBarredNumber} number */
async function removed(number, changed) {
  const text = `${number.phone} may be called again by every campaign, from now on. Remove it only if the person wants that.`;
  if (!(await ask({ title: "Take it off the list?", text, yes: "Allow calls" }))) return;
  const again = () => post("/api/do-not-call", { phone: number.phone, ...(number.reason && { reason: number.reason }), ...(number.expires_at && { expires_at: number.expires_at }) }).then(changed);
  await remove(`/api/do-not-call/${encodeURIComponent(number.phone)}`);
  tell(`${number.phone} may be called.`, "good", { label: "Undo", act: again });
  await changed();
}

function addForm(changed) {
  const act = async ({ phone, reason, expires_at: until }, form) => {
    const added = await post("/api/do-not-call", { phone, ...(reason.trim() && { reason }), ...(until && { expires_at: new Date(until).toISOString() }) });
    tell(`${added.phone} is not called any more.`);
    form.reset();
    await changed();
  };
  const fields = [
    field("phone", "Number", { type: "tel", placeholder: "+13125550142" }),
    field("reason", "Reason", { placeholder: "asked on the telephone" }),
    field("expires_at", "Until", { type: "datetime-local", hint: "Empty: for good." })];
  return card("Add a number", actingForm({ fields, label: "Add", act }));
}

function fileForm(changed) {
  const result = h("div", { "aria-live": "polite" });
  const input = h("input", { id: "dnc-file", type: "file", accept: ".csv,text/csv,text/plain" });
  const send = async () => {
    const file = input.files?.[0];
    if (!file) return input.focus();
    swap(result, ...resultOf(await sendBody("POST", "/api/do-not-call/import", file, "text/csv")));
    await changed();
  };
  return card("Add a file", h("div.stack", h("label", { for: "dnc-file" }, "CSV with a column phone"), input, button([icon("file"), "Add its numbers"], send), result));
}

/** @param {ApiNumbersImported} found */
function resultOf(found) {
  return [h("p", `${counted(found.created, "number")} added, ${found.duplicates} there before, ${found.rejected} rejected.`), errorsTable(found.errors, found.rejected)];
}
