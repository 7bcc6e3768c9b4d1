/** Small drawings, on a grid of 24; they say nothing that the text beside them does not. */

import { svg } from "./h.js";

const PATHS = {
	home: "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-5h4v5",
	campaigns: "M4 6h16M4 12h16M4 18h10",
	calls: "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 5 5L15 12l5 2v3a3 3 0 0 1-3 3A14 14 0 0 1 4 6a3 3 0 0 1 2-3z",
	agents: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 21a8 8 0 0 1 16 0",
	"do-not-call": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M5.7 5.7l12.6 12.6",
	keys: "M15 4a5 5 0 1 0 0 10 5 5 0 0 0 0-10M11.5 12.5L4 20v0M7 17l2 2",
	audit: "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3",
	account: "M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4",
	sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1",
	moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
	plus: "M12 5v14M5 12h14",
	out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
	file: "M12 15V4M8 8l4-4 4 4M4 15v5h16v-5",
	save: "M12 4v11M8 11l4 4 4-4M4 17v3h16v-3"
};

export function icon(name) {
	return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
		svg("path", { d: PATHS[name] }));
}
