/** What a file would become: its columns and what they are taken for, the first contacts, and what is wrong. */

import { column, count, counted, figure, h, said, table, tableBox, wide } from "./parts.js";

const SAID_OF_A_COLUMN = 3; // different problems
/** What a column can be. */
const ROLES = [
	["phone", "Phone number"], ["name", "Name"], ["first_name", "First name"], ["last_name", "Last name"], ["timezone", "Time zone"],
	["country", "Country"], ["not_before", "Not before"], ["external_id", "Reference"], ["variable", "Variable"], ["ignore", "Leave out"],
];

/** `chosen` is told a column's name and what it is. @param {ApiImportPreview} preview */
export function previewPanel(preview, file, chosen) {
	const selects = preview.columns.map((column, index) => roleSelect(column, index, (role) => chosen(column.name, role)));
	return h("div.stack", summary(preview, file), mapping(preview, selects), contactsTable(preview), errorsTable(preview.errors, preview.rejected));
}

function roleSelect(column, index, choose) {
	const options = ROLES.map(([role, label]) => h("option", { value: role, selected: role === column.role }, label));
	return h("select", { id: `role-${index}`, "aria-label": `What “${column.name}” is`, disabled: !column.name, on: { change: (event) => choose(event.target.value) } }, ...options);
}

function summary(preview, file) {
	const part = file.isHeadAll ? "" : ` Checked: the first ${count(preview.rows_total)} of ${count(file.rows ?? 0)} rows; the others are when they are sent.`;
	return h(preview.accepted ? "p.callout" : "p.callout.bad", { role: "status" }, h("strong", counted(preview.accepted, "contact")), ` can be imported, ${counted(preview.rejected, "row")} cannot.${part}`);
}

/** @param {ApiImportPreview} preview */
function mapping(preview, selects) {
	const heads = preview.columns.map((column, index) => h("th", { scope: "col" }, h("span.column-name.said.clip", { dir: "auto" }, column.name || "(no name)"), selects[index]));
	const depth = Math.max(0, ...preview.columns.map((column) => column.examples.length));
	const examples = Array.from({ length: depth }, (_, row) => h("tr", preview.columns.map((column) => h("td", h("div.clip", said(column.examples[row], "–"))))));
	const problems = preview.columns.map((column) => problemsOf(preview.errors.filter((error) => error.column === column.name)));
	const body = h("tbody", examples, problems.some((each) => each.length) && h("tr", problems.map((lines) => h("td", lines))));
	const caption = "Columns of the file, and what they are taken for";
	return tableBox("Columns", h("table.preview", h("caption.visually-hidden", caption), h("thead", h("tr", heads)), body));
}

/** `errors`: of one column. */
function problemsOf(errors) {
	const counts = new Map();
	for (const error of errors) counts.set(error.message, (counts.get(error.message) ?? 0) + 1);
	return [...counts].slice(0, SAID_OF_A_COLUMN).map(([message, times]) => h("p.error-text", `${counted(times, "row")}: ${message}`));
}

/** @param {ApiImportPreview} preview */
function contactsTable(preview) {
	if (!preview.contacts.length) return null;
	const variables = (contact) => Object.entries(contact.variables ?? {}).flatMap(([name, value], index) => [index > 0 && ", ", said(name), ": ", said(value, "empty")]);
	const columns = [
		figure("Line", (contact) => contact.line),
		column("Number", (contact) => h("span.mono", contact.phone)),
		column("Name", (contact) => h("div.clip", said(contact.name, "–"))),
		wide("Zone", (contact) => contact.timezone ?? "as the number tells"),
		wide("Variables", (contact) => h("div.clip", variables(contact)))];
	return h("div", h("h3", "The first contacts"), table("The first contacts", columns, preview.contacts));
}

/** `rejected`: how many there are, of which some are told; `line`: of one, in the file. @param {ApiRejection[]} errors */
export function errorsTable(errors, rejected, line = (error) => error.line) {
	if (!errors.length) return null;
	const columns = [
		figure("Line", line),
		column("Column", (error) => said(error.column, "–")),
		column("Value", (error) => h("div.clip", said(error.value, "empty"))),
		column("What is wrong", (error) => error.message)];
	const title = rejected > errors.length ? `The first ${errors.length} of ${counted(rejected, "rejected row")}` : counted(rejected, "rejected row");
	return h("details", { open: errors.length <= 10 }, h("summary", title), table(title, columns, errors));
}
