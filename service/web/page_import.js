/** Contacts for a campaign: a file or pasted text, looked at, then sent. */

import { get } from "./api.js";
import { readFile } from "./contact_file.js";
import { count, counted, when } from "./format.js";
import { h, said, swap } from "./h.js";
import { icon } from "./icons.js";
import * as imports from "./import_api.js";
import { errorsTable, previewPanel } from "./import_preview.js";
import { begunImport, isSameFile, lineInFile, rememberImport, upload } from "./import_upload.js";
import { rowsOf, scrollingTable } from "./paged_table.js";
import { button, card, heading } from "./view.js";

const ACCEPTED = ".csv,.tsv,.txt,.xlsx,text/csv,text/plain";
const PASTED = "Pasted text";

/** @param {string} id of the campaign */
export async function page(view, id) {
  const [campaign, earlier] = await Promise.all([get(`/api/campaigns/${id}`, view.signal), imports.list(id, view.signal)]);
  const work = h("div.stack", { "aria-live": "polite" });
  const choose = (name, bytes) => {
    const file = readFile(name, bytes);
    const begun = begunImport(id);
    if (begun && isSameFile(begun, file)) return send(work, view, id, file, begun.roles, begun);
    return look(work, view, id, file, {});
  };
  swap(work, unfinished(id), chooser(choose));
  view.draw("Import contacts",
    heading("Import contacts"),
    h("p", h("a", { href: `#/campaigns/${id}` }, said(campaign.name))),
    h("section.card", work),
    earlier.data.length > 0 && card("Earlier imports", importsTable(earlier.data)));
}

function unfinished(id) {
  const begun = begunImport(id);
  if (!begun) return null;
  const note = h("div.callout.row-head");
  const forget = () => (rememberImport(id, null), note.remove());
  note.append(h("p", "The import of ", h("strong", said(begun.name)), " is not finished. Choose the same file again to go on where it stopped."), button("Forget it", forget));
  return note;
}

function chooser(chosen) {
  const take = async (file) => file && chosen(file.name, await file.arrayBuffer());
  const input = h("input", { type: "file", id: "contact-file", accept: ACCEPTED, class: "visually-hidden", tabindex: "-1", "aria-label": "A file of contacts", on: { change: () => take(input.files[0]) } });
  const drop = h("div",
    {
      class: "drop",
      on: {
        dragover: (event) => (event.preventDefault(), drop.classList.add("over")),
        dragleave: () => drop.classList.remove("over"),
        drop: (event) => (event.preventDefault(), drop.classList.remove("over"), take(event.dataTransfer?.files[0])),
      },
    },
    h("p", h("strong", "Drop a CSV or XLSX file here")),
    h("p.muted.small", "with a row of column names; one of them holds the phone numbers"),
    button([icon("file"), "Choose a file"], () => input.click()),
    input);
  const text = h("textarea", { id: "pasted", dir: "auto", spellcheck: "false", placeholder: "phone,name,day\n+13125550142,Ada,Monday" });
  const paste = () => (text.value.trim() ? chosen(PASTED, new TextEncoder().encode(text.value).buffer) : text.focus());
  return h("div.stack", drop, h("div", h("label", { for: "pasted" }, "Or paste the rows"), text), h("div.actions", button("Look at it", paste, "primary")));
}

/** Asks what the file would become, with the roles that the user has chosen. */
async function look(work, view, id, file, roles) {
  const title = h("h2", said(file.name));
  const another = button("Another file", () => again(work, view, id));
  work.setAttribute("aria-busy", "true");
  try {
    const found = await imports.preview(id, file.head, roles, view.signal);
    const choose = (name, role) => void look(work, view, id, file, { ...roles, [name]: role });
    const rows = file.isHeadAll ? counted(found.accepted, "contact") : counted(file.rows ?? 0, "row");
    const go = h("button.primary", { type: "button", disabled: file.isHeadAll && !found.accepted, on: { click: () => void send(work, view, id, file, roles, null) } }, `Import ${rows}`);
    swap(work, title, previewPanel(found, file, choose), h("div.actions.end", another, go));
  } catch (error) {
    if (view.signal.aborted) return;
    const trouble = h("p.callout.bad.said", { role: "alert", dir: "auto" }, error.message);
    const lacksPhone = error.details?.some((detail) => detail.code === "no_phone_column");
    swap(work, title, trouble, lacksPhone && phoneColumn(file, (name) => look(work, view, id, file, { ...roles, [name]: "phone" })), h("div.actions", Object.keys(roles).length > 0 && button("As it was guessed", () => look(work, view, id, file, {})), another));
  } finally {
    work.removeAttribute("aria-busy");
  }
}

/** @param {(name: string) => any} chosen */
function phoneColumn(file, chosen) {
  const input = h("input", { id: "phone-column", list: "columns", autocomplete: "off", dir: "auto" });
  const names = file.columns.map((name) => h("option", { value: name }));
  const choose = () => (input.value.trim() ? chosen(input.value.trim()) : input.focus());
  return h("div.filters", h("div", h("label", { for: "phone-column" }, "The column with the phone numbers"), input, h("datalist", { id: "columns" }, ...names)), button("Use it", choose, "primary"));
}

async function again(work, view, id) {
  if (work.isConnected) await page(view, id);
}

async function send(work, view, id, file, roles, begun) {
  const pausing = new AbortController();
  const signal = AbortSignal.any([pausing.signal, view.signal]);
  const bar = h("progress", { "aria-label": "Rows imported", max: file.rows ?? 1, value: 0 });
  const told = h("p.number", { role: "status" }, "Sending…");
  const progress = (found) => {
    bar.value = found.rows_done;
    told.textContent = `${count(found.rows_done)}${file.rows === null ? "" : ` of ${count(file.rows)}`} rows: ${count(found.created)} created, ${count(found.duplicates)} there before, ${count(found.rejected)} rejected`;
  };
  swap(work, h("h2", "Importing ", said(file.name)), bar, told, h("div.actions", button("Pause", () => pausing.abort())), h("p.hint", "You can leave: the same file goes on where it stopped."));
  try {
    const found = await upload({ campaignId: id, file, roles, begun, signal, progress });
    swap(work, ...result(found, file, id));
  } catch (error) {
    if (view.signal.aborted) return;
    const text = pausing.signal.aborted ? "Paused." : error.message;
    swap(work, h("h2", said(file.name)), bar, told, h("p.callout.warn", { role: "alert" }, text), h("div.actions", button("Go on", () => send(work, view, id, file, roles, begunImport(id)), "primary"), button("Another file", () => again(work, view, id))));
  }
}

/** @param {ApiImportOut} found */
function result(found, file, id) {
  return [
    h("h2", "Imported"),
    h("p.callout", { role: "status" }, h("strong", counted(found.created, "contact")), ` created, ${count(found.duplicates)} were there before, ${counted(found.rejected, "row")} rejected.`),
    errorsTable(found.errors, found.rejected, (error) => lineInFile(error, file)),
    h("div.actions.end", found.rejected > 0 && reportButton(found.id), h("a.button.primary", { href: `#/campaigns/${id}` }, "To the campaign"))];
}

function reportButton(importId) {
  return button([icon("save"), "Error report"], () => imports.downloadErrors(importId));
}

function importsTable(found) {
  const columns = [
    { head: "When", cell: (each) => when(each.created_at) },
    { head: "Rows", right: true, cell: (each) => `${count(each.rows_done)} of ${count(each.rows_total)}` },
    { head: "Created", right: true, cell: (each) => count(each.created) },
    { head: "Before", right: true, wide: true, cell: (each) => count(each.duplicates) },
    { head: "Rejected", right: true, cell: (each) => count(each.rejected) },
    { head: "Report", right: true, cell: (each) => (each.rejected ? reportButton(each.id) : "–") }];
  return scrollingTable("Earlier imports", columns, h("tbody", ...rowsOf(columns, found)));
}
