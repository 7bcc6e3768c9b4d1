/** Who changed what. */

import { get } from "./api.js";
import { when } from "./format.js";
import { h, said } from "./h.js";
import { pagedTable } from "./paged_table.js";
import { empty, heading } from "./view.js";

const PATH = "/api/audit?limit=50";

export async function page(view) {
  const first = await get(PATH, view.signal);
  const table = pagedTable({
    caption: "Changes, the newest first",
    first,
    path: PATH,
    columns: [
      { head: "When", cell: (record) => when(record.created_at) },
      { head: "By", cell: ({ by }) => said(by.email ?? by.label) },
      { head: "What", cell: (record) => record.operation.replaceAll("_", " ") },
      { head: "Of", wide: true, cell: (record) => thingOf(record.thing) },
      { head: "Changes", wide: true, cell: changesOf }],
  });
  view.draw("Audit", heading("Audit"), h("section.card", first.data.length ? table : empty("Nothing was changed yet.")));
}

function thingOf({ kind, id }) {
  const place = { campaign: "campaigns", call: "calls" }[kind];
  return h(place ? "a.mono.small.said" : "span.mono.small.said", { href: place && `#/${place}/${id}` }, id);
}

function changesOf({ before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!names.length) return h("span.muted", "–");
  const lines = names.map((name) => `${name}: ${name in before ? `${JSON.stringify(before[name])} → ` : ""}${JSON.stringify(after[name] ?? null)}`);
  return h("details", h("summary.said", names.join(", ")), h("pre.mono.small", { dir: "auto" }, lines.join("\n")));
}
