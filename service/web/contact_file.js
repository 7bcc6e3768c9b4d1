/** A list of contacts as the user gives it: text that is cut into parts, or a spreadsheet that is sent whole; and how it is
 * sent: what was sent already is left out, so it can be left and gone on with. */

import { get, keep, post, sendBody } from "./parts.js";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV = "text/csv";
const PART_ROWS = 2000;
const PARTS_MAX = 100; // of an import
const PREVIEW_ROWS_MAX = 1000; // of a longer file; all others are checked when they are sent
/** Line feeds inside quotes do not end one; a quote that is not closed as it should be takes its line alone. */
const RECORD = /(?:(?<=(?:^|[\n,;\t|]) *)"(?:[^"]*(?:""[^"]*)*"(?= *(?:[\n,;\t|]|$))|[^\n]*)|[^\n])*/y;
const ZIP_MARK = [0x50, 0x4b, 0x03, 0x04]; // how every XLSX begins

/** @returns {ContactFile} */
export function readFile(name, bytes) {
	const isZip = ZIP_MARK.every((byte, index) => new Uint8Array(bytes)[index] === byte);
	return isZip ? spreadsheet(name, bytes) : table(name, bytes.byteLength, decode(bytes));
}

function spreadsheet(name, bytes) {
	const blob = new Blob([bytes], { type: XLSX });
	return { name, size: blob.size, head: blob, rows: null, isHeadAll: true, parts: [{ number: 1, blob, rows: 0, lineShift: 0 }] };
}

function table(name, size, text) {
	const [header, ...rows] = records(text);
	if (!header) return { name, size, head: csv(""), rows: 0, isHeadAll: true, parts: [] };
	const cut = (some) => csv([header, ...some].map((record) => record.text).join("\n"));
	const parts = [];
	const partRows = Math.max(PART_ROWS, Math.ceil(rows.length / PARTS_MAX));
	const headerLines = header.text.split("\n").length;
	for (let from = 0; from < rows.length; from += partRows) {
		const some = rows.slice(from, from + partRows);
		parts.push({ number: parts.length + 1, blob: cut(some), rows: some.length, lineShift: some[0].line - headerLines - 1 });
	}
	return { name, size, head: cut(rows.slice(0, PREVIEW_ROWS_MAX)), rows: rows.length, isHeadAll: rows.length <= PREVIEW_ROWS_MAX, parts };
}

function csv(text) {
	return new Blob([text], { type: CSV });
}

/** UTF-8 or UTF-16 where the bytes say so, else what Windows writes; as the service reads them. */
function decode(bytes) {
	const [first, second] = new Uint8Array(bytes.slice(0, 2));
	const read = (encoding, fatal) => new TextDecoder(encoding, { fatal }).decode(bytes).replace(/\r\n?/g, "\n");
	if (first === 0xff && second === 0xfe) return read("utf-16le", false);
	if (first === 0xfe && second === 0xff) return read("utf-16be", false);
	try {
		return read("utf-8", true);
	} catch {
		return read("windows-1252", false);
	}
}

/** Those that are not empty. @returns {FileRow[]} */
function records(text) {
	const found = [];
	let line = 1;
	for (let at = 0; at < text.length; at = RECORD.lastIndex + 1) {
		RECORD.lastIndex = at;
		const [record] = RECORD.exec(text);
		if (record.trim()) found.push({ text: record, line });
		line += record.split("\n").length;
	}
	return found;
}

/** Where an import that is not over is remembered, as a `Begun`. */
export const importKey = (campaignId) => `reveille.import.${campaignId}`;

/** @param {Begun} begun */
export function isSameFile(begun, file) {
	return begun.name === file.name && begun.size === file.size;
}

/** @param {Upload} what @returns {Promise<ApiImportOut>} when all of it is there */
export async function upload({ campaignId, file, roles, begun, signal, progress }) {
	/** @type {ApiImportOut} */
	let found = begun ? await get(`/api/imports/${begun.id}`, signal) : await post(`/api/campaigns/${campaignId}/imports`);
	keep(importKey(campaignId), { id: found.id, name: file.name, size: file.size, roles });
	progress(found);
	const done = new Set(found.parts.filter((part) => part.rows_done === part.rows_total).map((part) => part.number));
	for (const part of file.parts) {
		if (done.has(part.number)) continue;
		signal.throwIfAborted();
		found = await sendBody("PUT", `/api/imports/${found.id}/parts/${part.number}`, form(part.blob, roles), null, signal);
		progress(found);
	}
	keep(importKey(campaignId), null);
	return found;
}

/** As the API takes a file, and what its columns are. */
export function form(file, roles) {
	const data = new FormData();
	data.append("file", file);
	data.append("columns", JSON.stringify(roles));
	return data;
}

/** @param {ApiRejectionOfPart} error */
export function lineInFile(error, file) {
	const part = file.parts.find((each) => each.number === (error.part ?? 1));
	return error.line + (part?.lineShift ?? 0);
}
