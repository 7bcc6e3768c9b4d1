/** What speaks on a call: a script, or one of the account's agents. */

import { get } from "./api.js";

/** @param {string | null} [used] is among them in any case @returns {Promise<string[][]>} */
export async function speakers(signal, used) {
  const found = await get("/api/agents?limit=200", signal).catch(withoutAgents);
  const agents = new Map(found.data.filter(({ retired }) => !retired).map(({ id, name }) => [id, `Agent: ${name}`]));
  if (used && !agents.has(used)) agents.set(used, `Agent: ${used}`);
  return [["twiml", "TwiML, below"], ["url", "A script at an address, below"], ...agents];
}

/** Agents are for admins to see: others keep to scripts. */
function withoutAgents(error) {
  if (error.status !== 403) throw error;
  return { data: [] };
}

/** @param {string} speaker of these @param {Record<string, string>} scripts */
export function spoken(speaker, scripts) {
  return speaker in scripts ? { agent: null, script: { [speaker]: scripts[speaker].trim() } } : { agent: speaker, script: null };
}
