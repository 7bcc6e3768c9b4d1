/** The REST API, as the console asks it. */

import { credentials } from "./session.js";

const ANSWERS_KEPT_MAX = 60; // with their ETags, so that what did not change is not sent again
const TRIES_MAX = 3; // of what may be repeated: reads, and POSTs with their Idempotency-Key
const RETRY_MILLISECONDS = 700;
const CODES_TO_TRY_AGAIN = new Set(["busy", "idempotency_in_progress"]);

/** The service has answered with an error; its message can be shown. */
export class ApiError extends Error {
	constructor(status, error) {
		super(error?.message ?? `The service answered with status ${status}.`);
		this.status = status;
		this.code = error?.code ?? "unknown";
		this.details = error?.details ?? [];
		this.requestId = error?.request_id ?? null;
	}
}

/** The service was not reached. */
export class Offline extends Error {
	constructor() {
		super("The service cannot be reached. Check the connection; nothing was lost.");
	}
}

const kept = new Map();
let tellReach = (_reached) => {};

/** `told`: after each request, whether the service was reached. */
export function onReach(told) {
	tellReach = told;
}

export function forgetAnswers() {
	kept.clear();
}

export function tagOf(path) {
	return kept.get(path)?.tag ?? null;
}

/** The same object as before while the answer is the same, so `===` tells whether something changed. @type {ApiGet} */
export const get = async (path, signal) => {
	const before = kept.get(path);
	const headers = before?.tag ? { "If-None-Match": before.tag } : {};
	const response = await reach("GET", path, { headers, signal });
	if (response.status === 304 && before) return before.data;
	const text = await response.text();
	const data = before?.text === text ? before.data : JSON.parse(text);
	kept.delete(path);
	kept.set(path, { tag: response.headers.get("ETag"), text, data });
	if (kept.size > ANSWERS_KEPT_MAX) kept.delete(kept.keys().next().value ?? "");
	return data;
};

/** `body`: what is sent as JSON. */
export async function post(path, body, signal) {
	return sendBody("POST", path, body === undefined ? "" : JSON.stringify(body), "application/json", signal);
}

/** `type` null: a form says it itself, and is another text each time that it is sent. */
export async function sendBody(method, path, body, type, signal) {
	const headers = type ? { "Content-Type": type, "Idempotency-Key": randomKey() } : {};
	return answerOf(await reach(method, path, { headers, body, signal }));
}

/** `tag`: of what was seen. */
export async function patch(path, changes, tag) {
	const headers = { "Content-Type": "application/json", ...(tag ? { "If-Match": tag } : {}) };
	return answerOf(await reach("PATCH", path, { headers, body: JSON.stringify(changes) }));
}

export async function remove(path) {
	await reach("DELETE", path, {});
}

/** Saves a file that the API sends: the key cannot go into a link. `otherwise`: its name, when none is told. */
export async function download(path, otherwise) {
	const response = await reach("GET", path, {});
	const told = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
	const link = document.createElement("a");
	link.href = URL.createObjectURL(await response.blob());
	link.download = told?.[1] ?? otherwise;
	link.click();
	URL.revokeObjectURL(link.href);
}

async function answerOf(response) {
	const text = await response.text();
	return text ? JSON.parse(text) : null;
}

async function reach(method, path, request) {
	const repeatable = method !== "PATCH";
	for (let tries = 1; ; tries += 1) {
		try {
			return await once(method, path, request);
		} catch (error) {
			const again = error instanceof Offline || CODES_TO_TRY_AGAIN.has(error.code);
			if (!again || !repeatable || tries === TRIES_MAX || !navigator.onLine) throw error;
			await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS * tries));
		}
	}
}

async function once(method, path, request) {
	const headers = { ...credentials(), ...request.headers };
	let response;
	try {
		response = await fetch(path, { ...request, method, headers, cache: "no-store", redirect: "error" });
	} catch (error) {
		if (request.signal?.aborted) throw error;
		tellReach(false);
		throw new Offline();
	}
	tellReach(true);
	if (response.ok || response.status === 304) return response;
	const body = await response.json().catch(() => null);
	throw new ApiError(response.status, body?.error);
}

/** Also where `crypto.randomUUID` is not: on a page that did not come by HTTPS. */
function randomKey() {
	return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
}
