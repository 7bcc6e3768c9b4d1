/** The frame around all pages: who is signed in, the navigation, and the change from page to page. */

import { tokenBroughtBack } from "./google.js";
import { account, ApiError, apiKey, applyTheme, button, forgetAnswers, get, h, icon, isDark, loadPage, loadPages, noticeRegion, onReach, rememberAccount, routeNow, setClock, signIn, signOut, tellError, toggleTheme, unseen, View } from "./parts.js";

const PLACES = { "": "Home", campaigns: "Campaigns", calls: "Calls", agents: "Agents", "do-not-call": "Do not call", keys: "API keys", audit: "Audit", account: "Account rules" };

const main = h("main", { id: "main", tabindex: "-1" });
const offline = h("div.offline", { role: "alert", hidden: true }, "Offline: what you see may be old. It goes on by itself.");
const links = h("nav", { id: "places", "aria-label": "Pages" });
let view = null;

const menu = button([icon("campaigns"), unseen("Menu")], () => openMenu(menu.getAttribute("aria-expanded") !== "true"), "quiet menu");
menu.setAttribute("aria-controls", links.id);

/** Where the screen is narrow. */
function openMenu(open) {
	menu.setAttribute("aria-expanded", String(open));
	document.body.classList.toggle("menu-open", open);
}

function frame() {
	const mark = h("img", { src: "web/icon.svg", alt: "", width: 28, height: 28 });
	const brand = h("a.brand", { href: "#/" }, mark, "Reveille");
	const toContent = (event) => {
		event.preventDefault(); // the address behind the # says which page this is
		main.focus();
	};
	const skip = h("a.skip", { href: "#main", on: { click: toContent } }, "Skip to the content");
	return [skip, h("header.bar", menu, brand, offline), h("div.side", links), main, noticeRegion];
}

function drawLinks() {
	const place = routeNow()?.place;
	const entries = Object.entries(PLACES).map(([path, label]) =>
		h("li", h("a", { href: `#/${path}`, "aria-current": path === place ? "page" : null }, icon(path || "home"), label)));
	const theme = isDark() ? [icon("sun"), "Light theme"] : [icon("moon"), "Dark theme"];
	links.replaceChildren(
		h("ul", entries),
		h("div.side-end",
			account && h("p.muted.small.said", { dir: "auto" }, account.name),
			button(theme, changeTheme, "quiet"),
			button([icon("out"), "Sign out"], () => leave(), "quiet")));
}

function changeTheme() {
	toggleTheme();
	drawLinks();
}

function leave(reason) {
	signOut();
	forgetAnswers();
	return start(reason);
}

/** `moved`: by the user, from another page. */
async function show(moved) {
	view?.ending.abort();
	const visit = (view = new View(main));
	drawLinks();
	visit.drawLoading();
	try {
		const found = routeNow();
		if (!found) throw new ApiError(404, { message: "There is no such page.", code: "not_found" });
		const { page } = await loadPage(found.name);
		if (visit.signal.aborted) return;
		await page(visit, ...found.parameters);
	} catch (error) {
		if (visit.signal.aborted || refused(error)) return;
		visit.drawError(error, () => void show(false));
	}
	if (moved) main.querySelector("h1")?.focus();
	else loadPages();
}

/** Whether the key or the token does not hold any more. */
function refused(error) {
	if (error?.status !== 401 || !apiKey()) return false;
	void leave(apiKey().includes(".") ? "Your sign-in has run out. Sign in again." : "Your key does not hold any more. Sign in again.");
	return true;
}

async function showSignIn(reason, accounts = []) {
	const { page } = await import("./page_sign_in.js");
	document.body.classList.remove("signed-in");
	view = new View(main);
	page(view, () => start(), reason, accounts);
}

/** `reason`: why to sign in again. */
async function start(reason) {
	view?.ending.abort();
	try {
		const token = tokenBroughtBack();
		if (token) signIn(token);
	} catch (error) {
		reason = error.message;
	}
	document.body.classList.toggle("signed-in", Boolean(apiKey()));
	if (!apiKey()) return showSignIn(reason);
	try {
		const [found, status] = await Promise.all([get("/api/account"), get("/api/status")]);
		rememberAccount(found);
		setClock(status.now);
	} catch (error) {
		if (refused(error)) return;
		if (error.status !== 403) return new View(main).drawError(error, () => void start());
		const accounts = error.details.filter(({ code }) => code === "account_needed").map(({ message }) => message);
		if (!accounts.length) signOut();
		return showSignIn(accounts.length ? "" : error.message, accounts);
	}
	await show(false);
}

applyTheme();
openMenu(false);
document.getElementById("app")?.replaceChildren(...frame());
addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
onReach((reached) => (offline.hidden = reached));
addEventListener("offline", () => (offline.hidden = false));
addEventListener("hashchange", () => {
	openMenu(false);
	if (apiKey() && account) void show(true);
});
addEventListener("unhandledrejection", (event) => {
	event.preventDefault(); // it is told
	if (!refused(event.reason)) tellError(event.reason);
});
void start();
