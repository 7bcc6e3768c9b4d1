/** The frame around all pages: who is signed in, the navigation, and the change from page to page. */

import { ApiError, forgetAnswers, get, onReach } from "./api.js";
import { h } from "./h.js";
import { icon } from "./icons.js";
import { noticeRegion, tellError } from "./notices.js";
import { loadPage, loadPages, routeNow } from "./router.js";
import { account, apiKey, applyTheme, isDark, rememberAccount, setClock, signOut, toggleTheme } from "./session.js";
import { button, View } from "./view.js";

const PLACES = [
  ["", "Home", "home"],
  ["campaigns", "Campaigns", "campaigns"],
  ["calls", "Calls", "calls"],
  ["do-not-call", "Do not call", "ban"],
  ["keys", "API keys", "key"],
  ["audit", "Audit", "audit"],
  ["account", "Account rules", "rules"],
];

const main = h("main", { id: "main", tabindex: "-1" });
const offline = h("div.offline", { role: "alert", hidden: true }, "Offline: what you see may be old. It goes on by itself.");
const links = h("nav", { id: "places", "aria-label": "Pages" });
/** @type {View | null} */
let view = null;

const menu = h("button", { type: "button", class: "quiet menu", "aria-expanded": "false", "aria-controls": "places", on: { click: () => openMenu(menu.getAttribute("aria-expanded") !== "true") } },
  icon("menu"),
  h("span.visually-hidden", "Menu")
);

/** @param {boolean} open where the screen is narrow */
function openMenu(open) {
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("menu-open", open);
}

function frame() {
  const mark = h("img", { src: "web/icon.svg", alt: "", width: 28, height: 28 });
  const brand = h("a.brand", { href: "#/" }, mark, "Reveille");
  const skip = h("a.skip", { href: "#main", on: { click: toContent } }, "Skip to the content");
  return [skip, h("header.bar", menu, brand, offline), h("div.side", links), main, noticeRegion];
}

function toContent(event) {
  event.preventDefault(); // the address behind the # says which page this is
  main.focus();
}

function drawLinks() {
  const place = routeNow()?.place;
  const entries = PLACES.map(([path, label, drawing]) =>
    h("li", h("a", { href: `#/${path}`, "aria-current": path === place ? "page" : null }, icon(drawing), label)));
  links.replaceChildren(
    h("ul", ...entries),
    h("div.side-end", account && h("p.muted.said", { dir: "auto" }, account.name), button([icon(isDark() ? "sun" : "moon"), isDark() ? "Light theme" : "Dark theme"], changeTheme, "quiet"), button([icon("out"), "Sign out"], () => leave(), "quiet")));
}

function changeTheme() {
  toggleTheme();
  drawLinks();
}

/** @param {string} [reason] */
function leave(reason) {
  signOut();
  forgetAnswers();
  return start(reason);
}

/** @param {boolean} moved by the user, from another page */
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

/** Whether the key does not hold any more. */
function refused(error) {
  if (error?.status !== 401 || !apiKey()) return false;
  void leave("Your key does not hold any more. Sign in again.");
  return true;
}

/** @param {string} [reason] why to sign in again */
async function start(reason) {
  view?.ending.abort();
  document.body.classList.toggle("signed-in", Boolean(apiKey()));
  if (!apiKey()) {
    const { page } = await import("./page_sign_in.js");
    view = new View(main);
    page(view, reason, start);
    return;
  }
  try {
    const [found, status] = await Promise.all([get("/api/account"), get("/api/status")]);
    rememberAccount(found);
    setClock(status.now);
  } catch (error) {
    if (refused(error)) return;
    new View(main).drawError(error, () => void start());
    return;
  }
  await show(false);
}

applyTheme();
document.getElementById("app")?.replaceChildren(...frame());
addEventListener("hashchange", () => openMenu(false));
addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
onReach((reached) => (offline.hidden = reached));
addEventListener("offline", () => (offline.hidden = false));
addEventListener("hashchange", () => apiKey() && account && void show(true));
addEventListener("unhandledrejection", (event) => {
  event.preventDefault(); // it is told
  if (!refused(event.reason)) tellError(event.reason);
});
void start();
