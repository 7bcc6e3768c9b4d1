/** Contacts for a campaign: a file or pasted text, looked at, then sent. */

import { form, importKey, isSameFile, lineInFile, readFile, upload } from "./contact_file.js";
import { errorsTable, previewPanel } from "./import_preview.js";
import { button, card, column, count, counted, download, figure, get, h, icon, keep, kept, said, sendBody, swap, table, when, wideFigure } from "./parts.js";

const ACCEPTED = ".csv,.tsv,.txt,.xlsx,text/csv,text/plain";
const PASTED = "Pasted text";

export async function page(view, id) {
	const path = `/api/campaigns/${id}`;
	const [campaign, earlier] = await Promise.all([get(path, view.signal), get(`${path}/imports?limit=20`, view.signal)]);
	const work = h("div.stack", { "aria-live": "polite" });
	const choose = (name, bytes) => {
		const file = readFile(name, bytes);
		const job = { id, file, work, roles: {}, signal: view.signal, another: button("Another file", () => work.isConnected && page(view, id)) };
		const begun = kept(importKey(id));
		return begun && isSameFile(begun, file) ? send({ ...job, roles: begun.roles }, begun) : look(job);
	};
	swap(work, unfinished(id), chooser(choose));
	view.drawPage("Import contacts",
		null,
		h("p", h("a", { href: `#/campaigns/${id}` }, said(campaign.name))),
		h("section.card", work),
		earlier.data.length > 0 && card("Earlier imports", importsTable(earlier.data)));
}

function unfinished(id) {
	const begun = kept(importKey(id));
	if (!begun) return null;
	const forget = () => (keep(importKey(id), null), note.remove());
	const note = h("div.callout.row-head",
		h("p", "The import of ", h("strong", said(begun.name)), " is not finished. Choose the same file again to go on where it stopped."),
		button("Forget it", forget));
	return note;
}

function chooser(chosen) {
	const take = async (file) => file && chosen(file.name, await file.arrayBuffer());
	const input = h("input.visually-hidden", { type: "file", id: "contact-file", accept: ACCEPTED, tabindex: "-1", "aria-label": "A file of contacts", on: { change: () => take(input.files[0]) } });
	const dragged = (over, act = null) => (event) => {
		event.preventDefault();
		drop.classList.toggle("over", over);
		act?.(event);
	};
	const on = { dragover: dragged(true), dragleave: dragged(false), drop: dragged(false, (event) => take(event.dataTransfer?.files[0])) };
	const drop = h("div.drop", { on },
		h("p", h("strong", "Drop a CSV or XLSX file here")),
		h("p.muted.small", "with a row of column names; one of them holds the phone numbers"),
		button([icon("file"), "Choose a file"], () => input.click()),
		input);
	const text = h("textarea", { id: "pasted", dir: "auto", placeholder: "phone,name,day\n+13125550142,Ada,Monday" });
	const paste = () => (text.value.trim() ? chosen(PASTED, new TextEncoder().encode(text.value).buffer) : text.focus());
	return h("div.stack", drop, h("div", h("label", { for: "pasted" }, "Or paste the rows"), text), h("div.actions", button("Look at it", paste, "primary")));
}

/** Asks what the file would become, with the roles that the user has chosen. @param {ImportJob} job */
async function look(job) {
	const { id, file, work, roles, signal, another } = job;
	const title = h("h2", said(file.name));
	const again = (chosen) => {
		job.roles = chosen;
		return look(job);
	};
	const choose = (name, role) => again({ ...job.roles, [name]: role });
	work.setAttribute("aria-busy", "true");
	try {
		/** @type {ApiImportPreview} */
		const found = await sendBody("POST", `/api/campaigns/${id}/contacts/preview`, form(file.head, roles), null, signal);
		if (roles !== job.roles) return; // another choice is on its way
		const rows = file.isHeadAll ? counted(found.accepted, "contact") : counted(file.rows ?? 0, "row");
		const go = button(`Import ${rows}`, () => send(job, null), "primary");
		go.disabled = file.isHeadAll && !found.accepted;
		swap(work, title, previewPanel(found, file, choose), h("div.actions.end", another, go));
	} catch (error) {
		if (signal.aborted || roles !== job.roles) return;
		swap(work,
			title,
			h("p.callout.bad.said", { role: "alert", dir: "auto" }, error.message),
			h("div.actions", Object.keys(roles).length > 0 && button("As it was guessed", () => again({})), another));
	} finally {
		work.removeAttribute("aria-busy");
	}
}

/** @param {ImportJob} job @param {Begun | null} begun */
async function send(job, begun) {
	const { id, file, work, roles, another } = job;
	const pausing = new AbortController();
	const signal = AbortSignal.any([pausing.signal, job.signal]);
	const bar = h("progress", { "aria-label": "Rows imported", max: file.rows ?? 1, value: 0 });
	const told = h("p.number", { role: "status" }, "Sending…");
	/** @param {ApiImportOut} found */
	const progress = (found) => {
		bar.value = found.rows_done;
		told.textContent = `${count(found.rows_done)}${file.rows === null ? "" : ` of ${count(file.rows)}`} rows: ${count(found.created)} created, ${count(found.duplicates)} there before, ${count(found.rejected)} rejected`;
	};
	swap(work, h("h2", "Importing ", said(file.name)), bar, told, h("div.actions", button("Pause", () => pausing.abort())), h("p.hint", "You can leave: the same file goes on from there."));
	try {
		swap(work, result(await upload({ campaignId: id, file, roles, begun, signal, progress }), file, id));
	} catch (error) {
		if (job.signal.aborted) return;
		const goOn = button("Go on", () => send(job, kept(importKey(id))), "primary");
		swap(work, h("h2", said(file.name)), bar, told, h("p.callout.warn", { role: "alert" }, pausing.signal.aborted ? "Paused." : error.message), h("div.actions", goOn, another));
	}
}

/** @param {ApiImportOut} found */
function result(found, file, id) {
	return [
		h("h2", "Imported"),
		h("p.callout", { role: "status" }, h("strong", counted(found.created, "contact")), ` created, ${count(found.duplicates)} were there before, ${counted(found.rejected, "row")} rejected.`),
		errorsTable(found.errors, found.rejected, (error) => lineInFile(error, file)),
		h("div.actions.end", found.rejected > 0 && reportButton(found.id), h("a.button.primary", { href: `#/campaigns/${id}` }, "To the campaign"))];
}

function reportButton(id) {
	return button([icon("save"), "Error report"], () => download(`/api/imports/${id}/errors`, `${id}-errors.csv`));
}

/** @param {ApiImportOut[]} found */
function importsTable(found) {
	return table("Earlier imports", [
		column("When", (each) => when(each.created_at)),
		figure("Rows", (each) => `${count(each.rows_done)} of ${count(each.rows_total)}`),
		figure("Created", (each) => count(each.created)),
		wideFigure("Before", (each) => count(each.duplicates)),
		figure("Rejected", (each) => count(each.rejected)),
		figure("Report", (each) => (each.rejected ? reportButton(each.id) : "–"))], found);
}
