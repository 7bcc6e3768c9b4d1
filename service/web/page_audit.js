/** Who changed what. */

import { apiList, column, empty, h, said, when, wide } from "./parts.js";

const PLACES = { campaign: "campaigns", call: "calls", agent: "agents" };

export async function page(view) {
	const list = apiList({
		caption: "Changes, the newest first",
		path: () => "/api/audit?limit=50",
		nothing: () => empty("Nothing was changed yet."),
		signal: view.signal,
		columns: [
			column("When", (record) => when(record.created_at)),
			column("By", ({ by }) => said(by.email ?? by.label)),
			column("What", (record) => record.operation.replaceAll("_", " ")),
			wide("Of", (record) => thingOf(record.thing)),
			wide("Changes", changesOf)],
	});
	await list.show();
	view.drawPage("Audit", null, h("section.card", list.element));
}

function thingOf({ kind, id }) {
	const place = PLACES[kind];
	return h(place ? "a.mono.small.said" : "span.mono.small.said", { href: place && `#/${place}/${id}` }, id);
}

function changesOf({ before, after }) {
	const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
	if (!names.length) return h("span.muted", "–");
	const lines = names.map((name) => `${name}: ${name in before ? `${JSON.stringify(before[name])} → ` : ""}${JSON.stringify(after[name] ?? null)}`);
	return h("details", h("summary.said", names.join(", ")), h("pre.mono.small", { dir: "auto" }, lines.join("\n")));
}
