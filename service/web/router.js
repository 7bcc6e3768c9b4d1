/** From the address behind the # to a page. Each page is loaded when it is first gone to. */

/** By the address, with a star for an id. Its first part is the entry of the navigation. */
const PAGES = {
	"": "home",
	campaigns: "campaigns",
	"campaigns/new": "edit",
	"campaigns/*": "campaign",
	"campaigns/*/edit": "edit",
	"campaigns/*/import": "import",
	calls: "calls",
	"calls/new": "direct_call",
	"calls/*": "call",
	agents: "agents",
	"agents/new": "agent",
	"agents/*": "agent",
	"do-not-call": "do_not_call",
	keys: "keys",
	audit: "audit",
	account: "account",
};

export function go(path) {
	location.hash = `#/${path}`;
}

/** Null: there is no such page. */
export function routeNow() {
	const address = location.hash.replace(/^#\/?/, "").replace(/\?.*$/, "");
	const [id] = /\b(cmp|call|agt)_\w+/.exec(address) ?? [];
	const path = id ? address.replace(id, "*") : address;
	return Object.hasOwn(PAGES, path) ? { place: path.split("/")[0], name: PAGES[path], parameters: id ? [id] : [] } : null;
}

export function loadPage(name) {
	return import(`./page_${name}.js`);
}

/** All of them, once the first is shown: so they are there when the connection is not. */
export function loadPages() {
	for (const name of Object.values(PAGES)) loadPage(name).catch(() => {}); // it is loaded again when it is gone to
}
