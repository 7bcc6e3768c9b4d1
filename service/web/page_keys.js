/** The account's API keys. */

import { get, post, remove } from "./api.js";
import { when } from "./format.js";
import { actingForm, choice, field } from "./form_fields.js";
import { h, said, swap } from "./h.js";
import { ask, openDialog, tell } from "./notices.js";
import { pagedTable } from "./paged_table.js";
import { button, card, heading } from "./view.js";

/** @type {[string, string][]} */
const SCOPES = [["read", "Read: looks only"], ["operate", "Operate: also runs campaigns and calls"], ["admin", "Admin: also rules and keys"]];

export async function page(view) {
  const list = h("div");
  const show = async () => {
    const path = "/api/keys?limit=50";
    swap(list, tableOf(await get(path, view.signal), path, show));
  };
  await show();
  view.draw("API keys", heading("API keys"), h("div.columns", h("div", card("Keys", list)), h("div", makeForm(show))));
}

function tableOf(first, path, changed) {
  return pagedTable({
    caption: "API keys",
    first,
    path,
    columns: [
      { head: "Label", cell: (key) => [said(key.label), key.email && h("div.muted.small.said", key.email)] },
      { head: "Scope", cell: (key) => key.scope },
      { head: "Ends with", wide: true, cell: (key) => h("span.mono", key.last_characters ? `…${key.last_characters}` : "–") },
      { head: "Created", wide: true, cell: (key) => when(key.created_at) },
      { head: "State", right: true, cell: (key) => (key.revoked ? h("span.muted", "revoked") : button(["Revoke", h("span.visually-hidden", ` ${key.label}`)], () => revoked(key, changed), "quiet")) }],
  });
}

/** @param {ApiKeyOut} key */
async function revoked(key, changed) {
  const text = `“${key.label}” is refused from now on, wherever it is used. This cannot be undone.`;
  if (!(await ask({ title: "Revoke this key?", text, yes: "Revoke it" }))) return;
  await remove(`/api/keys/${key.id}`);
  tell("Revoked.");
  await changed();
}

function makeForm(changed) {
  const act = async ({ label, scope, email }, form) => {
    const made = await post("/api/keys", { label, scope, ...(email.trim() && { email: email.trim() }) });
    form.reset();
    await changed();
    if (made.key) await showOnce(made.key);
    else tell("Admitted, once they sign in.");
  };
  const fields = [
    field("label", "Label", { maxlength: 100, placeholder: "nightly export" }),
    choice("scope", "Scope", SCOPES),
    field("email", "Or a person's e-mail address", { type: "email", hint: "Where sign-in is set up: admits them instead." })];
  return card("Make a key", actingForm({ fields, label: "Make a key", act }));
}

async function showOnce(key) {
  const copy = () => navigator.clipboard.writeText(key).then(() => tell("Copied."));
  await openDialog("The new key", [
    h("p", "It is shown this once and kept nowhere. Copy it now."),
    h("code.secret", key),
    h("div.actions.end", button("Copy", copy), h("button", { type: "submit", class: "primary" }, "I have it"))]);
}
