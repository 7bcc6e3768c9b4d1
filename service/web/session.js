/** Who is signed in: an API key or an ID token, kept as long as the tab is, and nowhere else. And what this machine remembers. */

const KEY = "reveille.key";
const ACCOUNT = "reveille.account";
const THEME = "reveille.theme";

/** As GET /api/account answers it. @type {any} */
export let account = null;
let skewMilliseconds = 0; // the service's clock, minus this machine's

export function apiKey() {
	return sessionStorage.getItem(KEY);
}

export function signIn(key) {
	sessionStorage.setItem(KEY, key);
}

/** One of several that the one who is signed in has. */
export function chooseAccount(id) {
	sessionStorage.setItem(ACCOUNT, id);
}

export function isAdmin() {
	return ["admin", "system"].includes(account.key.scope);
}

/** With each request. */
export function credentials() {
	const [key, chosen] = [apiKey(), sessionStorage.getItem(ACCOUNT)];
	return { ...(key && { Authorization: `Bearer ${key}` }), ...(chosen && { "Reveille-Account": chosen }) };
}

export function signOut() {
	sessionStorage.clear();
	account = null;
}

export function rememberAccount(shown) {
	account = shown;
}

export function setClock(serviceNow) {
	skewMilliseconds = Date.parse(serviceNow) - Date.now();
}

/** By the service's clock: this machine's may be wrong. */
export function now() {
	return new Date(Date.now() + skewMilliseconds);
}

/** Null: as the system has it. */
const chosenTheme = () => localStorage.getItem(THEME);

export function applyTheme() {
	document.documentElement.dataset.theme = chosenTheme() ?? "";
}

export function isDark() {
	const theme = chosenTheme();
	return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function toggleTheme() {
	localStorage.setItem(THEME, isDark() ? "light" : "dark");
	applyTheme();
}

/** Drafts of forms, and imports that are not over. */
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
