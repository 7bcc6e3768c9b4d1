/** Imports of contacts, as the API takes them: looked at first, then sent in parts that may be repeated. */

import { download, get, post, sendBody } from "./api.js";

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

/** @returns {Promise<ApiImportPreview>} */
export function preview(campaignId, file, roles, signal) {
  return sendBody("POST", `/api/campaigns/${campaignId}/contacts/preview`, form(file, roles), null, signal);
}

/** @returns {Promise<ApiImportOut>} */
export function begin(campaignId) {
  return post(`/api/campaigns/${campaignId}/imports`);
}

/** @returns {Promise<ApiImportOut>} */
export function sendPart(id, number, part, roles, signal) {
  return sendBody("PUT", `/api/imports/${id}/parts/${number}`, form(part, roles), null, signal);
}

/** @returns {Promise<ApiImportOut>} */
export function find(id, signal) {
  return get(`/api/imports/${id}`, signal);
}

/** @returns {Promise<{data: ApiImportOut[]}>} */
export function list(campaignId, signal) {
  return get(`/api/campaigns/${campaignId}/imports?limit=20`, signal);
}

export function downloadErrors(id) {
  return download(`/api/imports/${id}/errors`, `${id}-errors.csv`);
}

function form(file, roles) {
  const data = new FormData();
  data.append("file", file);
  data.append("columns", JSON.stringify(roles));
  return data;
}
