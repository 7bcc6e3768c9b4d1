/** What pages are made of and work with, all from one place. */

export * from "./api.js";
export * from "./form_fields.js";
export * from "./format.js";
export * from "./h.js";
export * from "./icons.js";
export * from "./notices.js";
export * from "./paged_table.js";
export * from "./router.js";
export * from "./session.js";
export * from "./states.js";
export * from "./view.js";
