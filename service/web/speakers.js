/** What speaks on a call: a script, one of the account's agents, or several of them by weight. */

import { choice, field, get, h, said, tick } from "./parts.js";

export const HELLO = "<Response><Say>Hello {name}.</Say></Response>";
const AGENTS = "/api/agents?limit=200"; // the newest
const SHARE = "share-"; // before an agent's id: the input of its weight

/** Fields to choose with, `used` among them; `redraw` is for when values were put in. @param {Speaker} used */
export async function speakerFields(signal, used, mayShare) {
	const found = await get(AGENTS, signal);
	const agents = new Map(sharesOf(used).map(({ agent }) => [agent, agent]));
	for (const { id, name, retired } of found.data) if (!retired || agents.has(id)) agents.set(id, name);
	const choices = [["twiml", "TwiML, below"], ["url", "A script at an address, below"], ...[...agents].map(([id, name]) => [id, `Agent: ${name}`])];
	if (mayShare && agents.size > 1) choices.push(["shares", "Several agents, by weight"]);
	const speaker = choice("speaker", "What is said", choices, { on: { change: () => redraw() } });
	const places = {
		twiml: field("twiml", "TwiML", { tag: "textarea", class: "mono", all: true, value: HELLO, hint: "{name} and {any column} are put in for each contact." }),
		url: field("url", "Address of the script", { type: "url", placeholder: "https://", all: true }),
		record: tick("record", "Record the calls"),
		shares: h("div.fields.all", [...agents].map(([id, name]) => field(SHARE + id, name, { inputmode: "numeric", placeholder: "weight; empty: does not speak" }))),
	};
	const redraw = () => {
		const { value } = speaker.querySelector("select");
		for (const [name, place] of Object.entries(places)) place.hidden = value !== name;
		places.record.hidden = !isScript(value);
	};
	redraw();
	return { fields: [speaker, ...Object.values(places)], redraw };
}

/** What stands for it in these fields. @param {Speaker} agent @param {ApiScriptOut} script */
export function speakerValues(agent, script) {
	const speaker = Array.isArray(agent) ? "shares" : agent ?? (script?.url ? "url" : "twiml");
	const weights = sharesOf(agent).map((share) => [SHARE + share.agent, share.weight]);
	return { speaker, twiml: script?.twiml ?? "", url: script?.url ?? "", record: script?.record, ...Object.fromEntries(weights) };
}

/** What is sent of these fields. */
export function spoken(values) {
	const { speaker } = values;
	if (isScript(speaker)) return { agent: null, script: { [speaker]: values[speaker], ...(values.record && { record: true }) } };
	if (speaker !== "shares") return { agent: speaker, script: null };
	const weighed = Object.entries(values).filter(([name, weight]) => name.startsWith(SHARE) && weight);
	const agent = weighed.map(([name, weight]) => ({ agent: name.slice(SHARE.length), weight: Number(weight) }));
	return { agent: agent.sort((one, other) => one.agent.localeCompare(other.agent)), script: null };
}

function isScript(speaker) {
	return speaker === "twiml" || speaker === "url";
}

/** By their ids. */
export async function agentNames(signal) {
	return new Map((await get(AGENTS, signal)).data.map(({ id, name }) => [id, name]));
}

/** @param {Speaker} agent */
export function agentText(agent, names) {
	const lines = sharesOf(agent).map(({ agent: id, weight }) => (names.get(id) ?? id) + (Array.isArray(agent) ? ` (${weight})` : ""));
	return agent && said(lines.join(", "));
}

/** @param {Speaker} agent @returns {ApiShare[]} */
function sharesOf(agent) {
	return Array.isArray(agent) ? agent : agent ? [{ agent, weight: 1 }] : [];
}
