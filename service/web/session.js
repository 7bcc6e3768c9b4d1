/** Who is signed in: an API key, kept as long as the tab is, and nowhere else. */

const KEY = "reveille.key";
const THEME = "reveille.theme";

/** @type {any} the account, as GET /api/account answers it */
export let account = null;
let skewMilliseconds = 0; // the service's clock, minus this machine's

export function apiKey() {
  return sessionStorage.getItem(KEY);
}

export function signIn(key) {
  sessionStorage.setItem(KEY, key);
}

export function signOut() {
  sessionStorage.removeItem(KEY);
  account = null;
}

export function rememberAccount(shown) {
  account = shown;
}

/** @param {string} serviceNow as the service says it */
export function setClock(serviceNow) {
  skewMilliseconds = Date.parse(serviceNow) - Date.now();
}

/** By the service's clock: this machine's may be wrong. */
export function now() {
  return new Date(Date.now() + skewMilliseconds);
}

/** @returns {"light" | "dark" | null} null: as the system has it */
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
