/** From the address behind the # to a page. Each page is loaded when it is first gone to. */

/** What the address is, which entry of the navigation it belongs to, and its page. @type {[RegExp, string, string][]} */
const ROUTES = [
  [/^$/, "", "home"],
  [/^campaigns$/, "campaigns", "campaigns"],
  [/^campaigns\/new$/, "campaigns", "edit"],
  [/^campaigns\/(cmp_\w+)$/, "campaigns", "campaign"],
  [/^campaigns\/(cmp_\w+)\/edit$/, "campaigns", "edit"],
  [/^campaigns\/(cmp_\w+)\/import$/, "campaigns", "import"],
  [/^calls$/, "calls", "calls"],
  [/^calls\/new$/, "calls", "direct_call"],
  [/^calls\/(call_\w+)$/, "calls", "call"],
  [/^do-not-call$/, "do-not-call", "do_not_call"],
  [/^keys$/, "keys", "keys"],
  [/^audit$/, "audit", "audit"],
  [/^account$/, "account", "account"],
];

function address() {
  return location.hash.replace(/^#\/?/, "").replace(/\?.*$/, "");
}

export function go(path) {
  location.hash = `#/${path}`;
}

/** @returns {{place: string, name: string, parameters: string[]} | null} */
export function routeNow() {
  for (const [path, place, name] of ROUTES) {
    const found = path.exec(address());
    if (found) return { place, name, parameters: found.slice(1) };
  }
  return null;
}

/** @returns {Promise<{page: (view: View, ...parameters: string[]) => Promise<void>}>} */
export function loadPage(name) {
  return import(`./page_${name}.js`);
}

/** All of them, once the first is shown: so they are there when the connection is not. */
export function loadPages() {
  for (const [, , name] of ROUTES) loadPage(name).catch(() => {}); // it is loaded again when it is gone to
}
