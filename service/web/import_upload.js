/** Sends a file part by part; what was sent already is left out, so it can be left and gone on with. */

import { get, post, sendBody } from "./api.js";
import { keep } from "./kept.js";

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
