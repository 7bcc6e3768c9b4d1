/** What can be done with a campaign, by its status. */

import { askingButton, button, download, go, h, icon, post, tell } from "./parts.js";

/** @param {ApiCampaignWithProgress} campaign @returns {Child[]} */
export function campaignActions(campaign, changed) {
	const { id, status, progress } = campaign;
	const path = `/api/campaigns/${id}`;
	const take = (step, text, undo = undefined) => async () => {
		await post(`${path}/${step}`);
		tell(text, "good", undo);
		changed();
	};
	const resume = take("resume", "It goes on.");
	const cloned = async () => {
		const copy = await post(`${path}/clone`, {});
		tell("This is the copy: a draft without contacts.");
		go(`campaigns/${copy.id}`);
	};
	const steps = {
		draft: () => progress.total > 0 && button("Start", take("start", "Started. Calls begin when their hours allow."), "primary"),
		running: () => button("Pause", take("pause", "Paused: no new call begins.", { label: "Resume", act: resume })),
		paused: () => button("Resume", resume, "primary")
	};
	const cancelQuestion = { title: "Cancel this campaign?", text: `${progress.queued} waiting calls will never be made. Calls on the line go on. This cannot be undone.`, yes: "Cancel the campaign" };
	const archiveQuestion = { title: "Archive this campaign?", text: "It is listed among the archived ones only. Its calls stay.", yes: "Archive it", danger: false };
	const isOver = ["finished", "canceled"].includes(status);
	const canImport = status in steps;
	return [
		steps[status]?.(),
		canImport && h("a.button", { href: `#/campaigns/${id}/import` }, icon("file"), "Import"),
		canImport && h("a.button", { href: `#/campaigns/${id}/edit` }, "Edit"),
		button([icon("save"), "Export"], () => download(`${path}/export`, `${id}.csv`)),
		button("Clone", cloned),
		canImport && askingButton("Cancel campaign", cancelQuestion, take("cancel", "Canceled: what still waits is not called.")),
		isOver && askingButton("Archive", archiveQuestion, take("archive", "Archived. It is listed among the archived ones."), "")];
}
