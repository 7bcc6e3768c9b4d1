/** A table of a list that the API gives page by page. */

import { get } from "./api.js";
import { h, nodes } from "./h.js";
import { button } from "./view.js";

/**
 * @param {{caption: string, columns: Column[], first: any, path: string}} table `first`: the first page;
 *   `path`: what it was asked with, to ask for the next
 */
export function pagedTable({ caption, columns, first, path }) {
  const body = h("tbody", ...rowsOf(columns, first.data));
  const foot = h("div.actions.more");
  const offer = (cursor) => {
    foot.replaceChildren(...nodes([cursor ? button("Show more", () => more(cursor)) : null]));
  };
  const more = async (cursor) => {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`);
    body.append(...rowsOf(columns, page.data));
    offer(page.next_cursor);
  };
  offer(first.next_cursor);
  return [scrollingTable(caption, columns, body), foot];
}

/** @param {Column[]} columns */
export function scrollingTable(caption, columns, body) {
  const heads = columns.map((column) => h("th", { scope: "col", class: classOf(column) }, column.head));
  const table = h("table", h("caption.visually-hidden", caption), h("thead", h("tr", ...heads)), body);
  return h("div.table-box", { tabindex: "0", role: "region", "aria-label": caption }, table);
}

/** @param {Column[]} columns @param {any[]} items */
export function rowsOf(columns, items) {
  return items.map((item) => h("tr", ...columns.map((column) => h("td", { class: classOf(column) }, column.cell(item)))));
}

function classOf(column) {
  return [column.wide && "wide-only", column.right && "right number"].filter(Boolean).join(" ");
}
