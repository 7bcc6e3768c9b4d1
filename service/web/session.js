/** Who is signed in: an API key or an ID token, kept as long as the tab is, and nowhere else. */

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
	sessionStorage.removeItem(KEY);
	sessionStorage.removeItem(ACCOUNT);
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
function chosenTheme() {
	const theme = localStorage.getItem(THEME);
	return theme === "light" || theme === "dark" ? theme : null;
}

export function applyTheme() {
	const theme = chosenTheme();
	if (theme) document.documentElement.dataset.theme = theme;
	else delete document.documentElement.dataset.theme;
}

export function isDark() {
	const theme = chosenTheme();
	return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function toggleTheme() {
	localStorage.setItem(THEME, isDark() ? "light" : "dark");
	applyTheme();
}
