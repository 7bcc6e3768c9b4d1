/** What is remembered on this machine: drafts of forms, and imports that are not over. */

export function kept(key) {
	try {
		return JSON.parse(localStorage.getItem(key) ?? "null");
	} catch {
		return null;
	}
}

/** @param {any} value null: nothing any more */
export function keep(key, value) {
	if (value) localStorage.setItem(key, JSON.stringify(value));
	else localStorage.removeItem(key);
}
