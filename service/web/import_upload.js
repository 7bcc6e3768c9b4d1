/** Sends a file part by part; what was sent already is left out, so it can be left and gone on with. */

import * as imports from "./import_api.js";

const KEPT = "reveille.import.";

/** @returns {Begun | null} */
export function begunImport(campaignId) {
  try {
    return JSON.parse(localStorage.getItem(KEPT + campaignId) ?? "null");
  } catch {
    return null;
  }
}

export function rememberImport(campaignId, begun) {
  if (begun) localStorage.setItem(KEPT + campaignId, JSON.stringify(begun));
  else localStorage.removeItem(KEPT + campaignId);
}

/** @param {Begun} begun */
export function isSameFile(begun, file) {
  return begun.name === file.name && begun.size === file.size;
}

/** @param {Upload} what @returns {Promise<ApiImportOut>} when all of it is there */
export async function upload({ campaignId, file, roles, begun, signal, progress }) {
  let found = begun ? await imports.find(begun.id, signal) : await imports.begin(campaignId);
  rememberImport(campaignId, { id: found.id, name: file.name, size: file.size, roles });
  progress(found);
  const done = new Set(found.parts.filter((part) => part.rows_done === part.rows_total).map((part) => part.number));
  for (const part of file.parts) {
    if (done.has(part.number)) continue;
    signal.throwIfAborted();
    found = await imports.sendPart(found.id, part.number, part.blob, roles, signal);
    progress(found);
  }
  rememberImport(campaignId, null);
  return found;
}

/** @param {ApiRejectionOfPart} error @returns {number} its line in the file */
export function lineInFile(error, file) {
  const part = file.parts.find((each) => each.number === (error.part ?? 1));
  return error.line + (part?.lineShift ?? 0);
}
