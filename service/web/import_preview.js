/** What a file would become: its columns and what they are taken for, the first contacts, and what is wrong. */

import { count, counted } from "./format.js";
import { h, said } from "./h.js";
import { ROLES } from "./import_api.js";
import { rowsOf, scrollingTable } from "./paged_table.js";

const SAID_OF_A_COLUMN = 3; // different problems told at their column

/**
 * @param {import("./import_api.js").Preview} preview
 * @param {import("./contact_file.js").ContactFile} file
 * @param {(roles: import("./import_api.js").Roles) => void} changed
 */
export function previewPanel(preview, file, changed) {
  const selects = preview.columns.map((column, index) => roleSelect(column, index, () => changed(rolesNow())));
  const rolesNow = () => Object.fromEntries(preview.columns.map((column, index) => [column.name, selects[index].value]));
  const element = h("div", { class: "stack" }, summary(preview, file), mapping(preview, selects), contactsTable(preview), errorsTable(preview.errors, preview.rejected));
  return { element, roles: rolesNow };
}

/** @param {import("./import_api.js").Column} column @param {number} index @param {() => void} change */
function roleSelect(column, index, change) {
  const options = ROLES.map(([role, label]) => h("option", { value: role, selected: role === column.role }, label));
  return h("select", { id: `role-${index}`, "aria-label": `What “${column.name}” is`, on: { change } }, ...options);
}

/** @param {import("./import_api.js").Preview} preview @param {import("./contact_file.js").ContactFile} file */
function summary(preview, file) {
  const part = file.isHeadAll ? "" : ` Checked: the first ${count(preview.rows_total)} of ${count(file.rows ?? 0)} rows; the others are when they are sent.`;
  const tone = preview.accepted ? null : { tone: "bad" };
  return h("p", { class: "callout", data: tone ?? {}, role: "status" }, h("strong", null, counted(preview.accepted, "contact")), ` can be imported, ${counted(preview.rejected, "row")} cannot.${part}`);
}

/** @param {import("./import_api.js").Preview} preview @param {any[]} selects */
function mapping(preview, selects) {
  const heads = preview.columns.map((column, index) => h("th", { scope: "col" }, h("span", { class: "column-name said clip", dir: "auto" }, column.name || "(no name)"), selects[index]));
  const depth = Math.max(0, ...preview.columns.map((column) => column.examples.length));
  const examples = Array.from({ length: depth }, (_, row) => h("tr", null, ...preview.columns.map((column) => h("td", null, h("div", { class: "clip" }, said(column.examples[row], "–"))))));
  const problems = preview.columns.map((column) => problemsOf(preview.errors.filter((error) => error.column === column.name)));
  const body = h("tbody", null, ...examples, problems.some((each) => each.length) && h("tr", null, ...problems.map((lines) => h("td", null, ...lines))));
  const table = h("table", { class: "preview" }, h("caption", { class: "visually-hidden" }, "Columns of the file, and what they are taken for"), h("thead", null, h("tr", null, ...heads)), body);
  return h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": "Columns" }, table);
}

/** @param {import("./import_api.js").RowError[]} errors of one column */
function problemsOf(errors) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const error of errors) counts.set(error.message, (counts.get(error.message) ?? 0) + 1);
  return [...counts].slice(0, SAID_OF_A_COLUMN).map(([message, times]) => h("p", { class: "error-text" }, `${counted(times, "row")}: ${message}`));
}

/** @param {import("./import_api.js").Preview} preview */
function contactsTable(preview) {
  if (!preview.contacts.length) return null;
  const variables = (/** @type {any} */ contact) => Object.entries(contact.variables ?? {}).flatMap(([name, value], index) => [index > 0 && ", ", said(name), ": ", said(/** @type {string} */ (value), "empty")]);
  const columns = [
    { head: "Line", right: true, cell: (/** @type {any} */ contact) => contact.line },
    { head: "Number", cell: (/** @type {any} */ contact) => h("span", { class: "mono" }, contact.phone) },
    { head: "Name", cell: (/** @type {any} */ contact) => h("div", { class: "clip" }, said(contact.name, "–")) },
    { head: "Zone", wide: true, cell: (/** @type {any} */ contact) => contact.timezone ?? "as the number tells" },
    { head: "Variables", wide: true, cell: (/** @type {any} */ contact) => h("div", { class: "clip" }, ...variables(contact)) },
  ];
  return h("div", null, h("h3", null, "The first contacts"), scrollingTable("The first contacts", columns, h("tbody", null, ...rowsOf(columns, preview.contacts))));
}

/**
 * @param {import("./import_api.js").RowError[]} errors
 * @param {number} rejected all of them, of which some are told
 * @param {(error: import("./import_api.js").RowError) => number} [line] in the file
 */
export function errorsTable(errors, rejected, line = (error) => error.line) {
  if (!errors.length) return null;
  const columns = [
    { head: "Line", right: true, cell: line },
    { head: "Column", cell: (/** @type {any} */ error) => said(error.column, "–") },
    { head: "Value", cell: (/** @type {any} */ error) => h("div", { class: "clip" }, said(error.value, "empty")) },
    { head: "What is wrong", cell: (/** @type {any} */ error) => error.message },
  ];
  const title = rejected > errors.length ? `The first ${errors.length} of ${counted(rejected, "rejected row")}` : counted(rejected, "rejected row");
  return h("details", { open: errors.length <= 10 }, h("summary", null, title), scrollingTable(title, columns, h("tbody", null, ...rowsOf(columns, errors))));
}
