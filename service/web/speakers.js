/** What speaks on a call: a script, or one of the account's agents. */

import { get } from "./api.js";

/** @param {Speaker} [used] is among them in any case @returns {Promise<string[][]>} */
export async function speakers(signal, used) {
  const found = await get("/api/agents?limit=200", signal).catch((error) => {
    if (error.status !== 403) throw error; // they are for admins to see: others keep to scripts
    return { data: [] };
  });
  const agents = new Map(found.data.filter(({ retired }) => !retired).map(({ id, name }) => [id, `Agent: ${name}`]));
  const speaker = speakerOf(used);
  if (speaker && !agents.has(speaker)) agents.set(speaker, `Agent: ${agentText(used)}`);
  return [["twiml", "TwiML, below"], ["url", "A script at an address, below"], ...agents];
}

/** What stands for it in a form. @param {Speaker} agent */
export function speakerOf(agent) {
  return Array.isArray(agent) ? JSON.stringify(agent) : agent;
}

/** @param {Speaker} agent one, or several by weight */
export function agentText(agent) {
  return Array.isArray(agent) ? agent.map((share) => `${share.agent} (${share.weight})`).join(", ") : agent;
}

/** @param {string} speaker of these @param {Record<string, string>} scripts */
export function spoken(speaker, scripts) {
  return speaker in scripts ? { agent: null, script: { [speaker]: scripts[speaker].trim() } } : { agent: speaker.startsWith("[") ? JSON.parse(speaker) : speaker, script: null };
}
