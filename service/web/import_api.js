/** Imports of contacts, as the API takes them: looked at first, then sent in parts that may be repeated. */

import { download, get, post, sendBody } from "./api.js";

/**
 * @typedef {object} Import
 * @property {string} id
 * @property {string} campaign_id
 * @property {string} created_at
 * @property {"open" | "running" | "done"} status
 * @property {number} rows_total
 * @property {number} rows_done
 * @property {number} created
 * @property {number} duplicates
 * @property {number} rejected
 * @property {RowError[]} errors
 * @property {string} report_url
 * @property {{number: number, rows_total: number, rows_done: number}[]} parts
 *
 * @typedef {{part?: number, line: number, column: string | null, value: string, code: string, message: string}} RowError
 * @typedef {{name: string, role: string, examples: string[]}} Column
 * @typedef {object} Preview
 * @property {Column[]} columns
 * @property {number} rows_total
 * @property {number} accepted
 * @property {number} rejected
 * @property {RowError[]} errors
 * @property {any[]} contacts
 * @typedef {Record<string, string>} Roles by columns' names
 */

/** What a column can be. @type {[string, string][]} */
export const ROLES = [
  ["phone", "Phone number"],
  ["name", "Name"],
  ["first_name", "First name"],
  ["last_name", "Last name"],
  ["timezone", "Time zone"],
  ["country", "Country"],
  ["not_before", "Not before"],
  ["external_id", "Reference"],
  ["variable", "Variable"],
  ["ignore", "Leave out"],
];

/** @param {string} campaignId @param {Blob} file @param {Roles} roles of columns that are not what they are guessed to be @param {AbortSignal} signal @returns {Promise<Preview>} */
export function preview(campaignId, file, roles, signal) {
  return sendBody("POST", `/api/campaigns/${campaignId}/contacts/preview`, form(file, roles), null, signal);
}

/** @param {string} campaignId @returns {Promise<Import>} */
export function begin(campaignId) {
  return post(`/api/campaigns/${campaignId}/imports`);
}

/** @param {string} id @param {number} number @param {Blob} part @param {Roles} roles @param {AbortSignal} signal @returns {Promise<Import>} */
export function sendPart(id, number, part, roles, signal) {
  return sendBody("PUT", `/api/imports/${id}/parts/${number}`, form(part, roles), null, signal);
}

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Import>} */
export function find(id, signal) {
  return get(`/api/imports/${id}`, signal);
}

/** @param {string} campaignId @param {AbortSignal} signal @returns {Promise<{data: Import[], next_cursor: string | null}>} */
export function list(campaignId, signal) {
  return get(`/api/campaigns/${campaignId}/imports?limit=20`, signal);
}

/** @param {string} id */
export function downloadErrors(id) {
  return download(`/api/imports/${id}/errors`, `${id}-errors.csv`);
}

/** @param {Blob} file @param {Roles} roles */
function form(file, roles) {
  const data = new FormData();
  data.append("file", file);
  data.append("columns", JSON.stringify(roles));
  return data;
}
