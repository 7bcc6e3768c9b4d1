/** A list of contacts as the user gives it: text that is cut into parts, or a spreadsheet that is sent whole. */

export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
export const CSV = "text/csv";
const PART_ROWS = 2000;
const PARTS_MAX = 100; // of an import
const PREVIEW_ROWS_MAX = 1000; // of a longer file; all others are checked when they are sent
const DELIMITERS = ",;\t|";
const ZIP_MARK = [0x50, 0x4b, 0x03, 0x04]; // how every XLSX begins

/** @returns {ContactFile} */
export function readFile(name, bytes) {
  const isZip = ZIP_MARK.every((byte, index) => new Uint8Array(bytes)[index] === byte);
  return isZip ? spreadsheet(name, bytes) : table(name, bytes.byteLength, decode(bytes));
}

function spreadsheet(name, bytes) {
  const blob = new Blob([bytes], { type: XLSX });
  return { name, size: blob.size, head: blob, rows: null, isHeadAll: true, parts: [{ number: 1, blob, rows: 0, lineShift: 0 }], columns: [] };
}

function table(name, size, text) {
  const [header, ...rows] = records(text);
  if (!header) return { name, size, head: csv(""), rows: 0, isHeadAll: true, parts: [], columns: [] };
  const cut = (some) => csv([header, ...some].map((record) => record.text).join("\n"));
  /** @type {Part[]} */
  const parts = [];
  const partRows = Math.max(PART_ROWS, Math.ceil(rows.length / PARTS_MAX));
  const headerLines = header.text.split("\n").length;
  for (let from = 0; from < rows.length; from += partRows) {
    const some = rows.slice(from, from + partRows);
    parts.push({ number: parts.length + 1, blob: cut(some), rows: some.length, lineShift: some[0].line - headerLines - 1 });
  }
  return { name, size, head: cut(rows.slice(0, PREVIEW_ROWS_MAX)), rows: rows.length, isHeadAll: rows.length <= PREVIEW_ROWS_MAX, parts, columns: cellsOf(header.text) };
}

function csv(text) {
  return new Blob([text], { type: CSV });
}

/** UTF-8 or UTF-16 where the bytes say so, else what Windows writes; as the service reads them. */
function decode(bytes) {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  if (first === 0xff && second === 0xfe) return lineFeeds(new TextDecoder("utf-16le").decode(bytes));
  if (first === 0xfe && second === 0xff) return lineFeeds(new TextDecoder("utf-16be").decode(bytes));
  try {
    return lineFeeds(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return lineFeeds(new TextDecoder("windows-1252").decode(bytes));
  }
}

function lineFeeds(text) {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
}

/** @returns {FileRow[]} those that are not empty */
function records(text) {
  /** @type {FileRow[]} */
  const found = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const end = recordEnd(text, at);
    const record = text.slice(at, end);
    if (record.trim()) found.push({ text: record, line });
    line += record.split("\n").length;
    at = end + 1;
  }
  return found;
}

/** Line feeds inside quotes do not end it; a quote that is not closed as it should be does not open. */
function recordEnd(text, at) {
  let cellBegins = true;
  for (let place = at; place < text.length; place += 1) {
    const letter = text[place];
    if (letter === "\n") return place;
    if (letter === '"' && cellBegins) {
      const closed = closing(text, place);
      if (closed < 0) return lineEnd(text, place);
      place = closed;
      cellBegins = false;
    } else cellBegins = DELIMITERS.includes(letter) || (cellBegins && letter === " ");
  }
  return text.length;
}

/** @returns {number} where the quote closes; -1: it does not */
function closing(text, opening) {
  for (let place = text.indexOf('"', opening + 1); place >= 0; place = text.indexOf('"', place + 1)) {
    if (text[place + 1] === '"') place += 1;
    else {
      const next = /^ *(.?)/s.exec(text.slice(place + 1, place + 100))?.[1] ?? "";
      return next === "" || next === "\n" || DELIMITERS.includes(next) ? place : -1;
    }
  }
  return -1;
}

function lineEnd(text, from) {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** @returns {string[]} its names, cut where that makes most of them */
function cellsOf(header) {
  const cuts = [...DELIMITERS].map((delimiter) => header.split(delimiter)).sort((one, other) => other.length - one.length);
  return cuts[0].map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}
