/** What can be done with a campaign, by its status. */

import { download, post } from "./api.js";
import { h } from "./h.js";
import { icon } from "./icons.js";
import { ask, tell } from "./notices.js";
import { go } from "./router.js";
import { button } from "./view.js";

/** @returns {Child[]} */
export function campaignActions(campaign, changed) {
  const path = `/api/campaigns/${campaign.id}`;
  const take = (step, text, undo = undefined) => async () => {
    await post(`${path}/${step}`);
    tell(text, "good", undo);
    changed();
  };
  const resume = take("resume", "It goes on.");
  /** @type {Record<string, () => any>} */
  const steps = {
    draft: () => campaign.progress.total > 0 && button("Start", take("start", "Started. Calls begin when their hours allow."), "primary"),
    running: () => button("Pause", take("pause", "Paused: no new call begins.", { label: "Resume", act: resume })),
    paused: () => button("Resume", resume, "primary")
  };
  const isOver = ["finished", "canceled"].includes(campaign.status);
  const canImport = ["draft", "running", "paused"].includes(campaign.status);
  return [
    steps[campaign.status]?.(),
    canImport && h("a.button", { href: `#/campaigns/${campaign.id}/import` }, icon("file"), "Import"),
    canImport && h("a.button", { href: `#/campaigns/${campaign.id}/edit` }, "Edit"),
    button([icon("save"), "Export"], () => download(`${path}/export`, `${campaign.id}.csv`)),
    button("Clone", () => cloned(path)),
    canImport && button("Cancel campaign", () => canceled(campaign, take("cancel", "Canceled: what still waits is not called.")), "danger"),
    isOver && button("Archive", () => archived(take("archive", "Archived. It is listed among the archived ones.")))];
}

async function canceled(campaign, cancel) {
  const text = `${campaign.progress.queued} waiting calls will never be made. Calls on the line go on. This cannot be undone.`;
  if (await ask({ title: "Cancel this campaign?", text, yes: "Cancel the campaign" })) await cancel();
}

async function archived(archive) {
  const text = "It is listed among the archived ones only. Its calls stay.";
  if (await ask({ title: "Archive this campaign?", text, yes: "Archive it", danger: false })) await archive();
}

async function cloned(path) {
  const copy = await post(`${path}/clone`, {});
  tell("This is the copy: a draft without contacts.");
  go(`campaigns/${copy.id}`);
}
