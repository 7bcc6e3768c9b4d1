/** One number, called at once if there is a free slot. */

import { post } from "./api.js";
import { actingForm, choice, field } from "./form_fields.js";
import { h } from "./h.js";
import { tell } from "./notices.js";
import { go } from "./router.js";
import { speakers, spoken } from "./speakers.js";
import { heading } from "./view.js";

export async function page(view) {
  const act = async (values) => {
    const call = await post("/api/calls", bodyOf(values));
    tell(call.position ? `It waits, as number ${call.position}. ${call.reason}` : "It is being dialled.");
    go(`calls/${call.id}`);
  };
  const fields = h("div.fields",
    field("to", "Number", { type: "tel", placeholder: "+13125550142" }),
    field("name", "Name", { maxlength: 200 }),
    field("from", "Caller number", { type: "tel", placeholder: "the account's" }),
    field("timezone", "Contact's time zone", { placeholder: "as the number tells" }),
    field("not_before", "Not before", { type: "datetime-local", hint: "On your clock. Empty: now." }),
    choice("speaker", "What is said", await speakers(view.signal)),
    field("script", "Script", { tag: "textarea", class: "mono", all: true, spellcheck: "false", value: "<Response><Say>Hello {name}.</Say></Response>" }),
    field("variables", "Variables", { tag: "textarea", all: true, placeholder: "day = Monday", hint: "One a line: name = value." }));
  const form = actingForm({ fields: [fields], label: "Call now", act, tag: "form.card.stack" });
  view.draw("Call a number", heading("Call a number"), h("p.muted", "It goes before all campaigns, and keeps to the legal hours and to the do-not-call list."), form);
}

function bodyOf(values) {
  const variables = values.variables.split("\n").map((line) => /^([^=]+)=(.*)$/.exec(line)).filter(Boolean);
  /** @type {Record<string, any>} */
  const body = { to: values.to.trim(), ...spoken(values.speaker, { twiml: values.script, url: values.script }) };
  for (const name of ["name", "from", "timezone"]) if (values[name].trim()) body[name] = values[name].trim();
  if (values.not_before) body.not_before = new Date(values.not_before).toISOString();
  if (variables.length) body.variables = Object.fromEntries(variables.map(([, name, value]) => [name.trim(), value.trim()]));
  return body;
}
