/** From the address behind the # to a page. Each page is loaded when it is first gone to. */

/** @type {Route[]} */
export const ROUTES = [
  { path: /^$/, place: "", load: () => import("./page_home.js") },
  { path: /^campaigns$/, place: "campaigns", load: () => import("./page_campaigns.js") },
  { path: /^campaigns\/new$/, place: "campaigns", load: () => import("./page_edit.js") },
  { path: /^campaigns\/(cmp_\w+)$/, place: "campaigns", load: () => import("./page_campaign.js") },
  { path: /^campaigns\/(cmp_\w+)\/edit$/, place: "campaigns", load: () => import("./page_edit.js") },
  { path: /^campaigns\/(cmp_\w+)\/import$/, place: "campaigns", load: () => import("./page_import.js") },
  { path: /^calls$/, place: "calls", load: () => import("./page_calls.js") },
  { path: /^calls\/new$/, place: "calls", load: () => import("./page_direct_call.js") },
  { path: /^calls\/(call_\w+)$/, place: "calls", load: () => import("./page_call.js") },
  { path: /^do-not-call$/, place: "do-not-call", load: () => import("./page_do_not_call.js") },
  { path: /^keys$/, place: "keys", load: () => import("./page_keys.js") },
  { path: /^audit$/, place: "audit", load: () => import("./page_audit.js") },
  { path: /^account$/, place: "account", load: () => import("./page_account.js") },
];

export function address() {
  return location.hash.replace(/^#\/?/, "").replace(/\?.*$/, "");
}

/** @param {string} path */
export function go(path) {
  location.hash = `#/${path}`;
}

/** @returns {{route: Route, parameters: string[]} | null} */
export function routeNow() {
  for (const route of ROUTES) {
    const found = route.path.exec(address());
    if (found) return { route, parameters: found.slice(1) };
  }
  return null;
}
