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
      { head: "When", cell: (entry) => when(entry.at) },
      { head: "By", cell: (entry) => said(String(entry.by ?? "")) },
      { head: "What", cell: (entry) => entry.operation.replaceAll("_", " ") },
      { head: "Of", wide: true, cell: (entry) => thing(String(entry.thing ?? "")) },
      { head: "Changes", wide: true, cell: (entry) => changes(entry.changes) }],
  });
  view.draw("Audit", heading("Audit"), h("section.card", first.data.length ? table : empty("Nothing was changed yet.")));
}

function thing(id) {
  const place = { cmp: "campaigns", call: "calls" }[id.split("_")[0]];
  return h(place ? "a.mono.small.said" : "span.mono.small.said", { href: place && `#/${place}/${id}` }, id);
}

function changes(changed) {
  if (!changed || !Object.keys(changed).length) return h("span.muted", "–");
  return h("details", h("summary", Object.keys(changed).join(", ")), h("pre.mono.small", { dir: "auto" }, JSON.stringify(changed, null, 2)));
}
