/** Sign in with an API key or, where the service takes it, with Google. */

import { goToGoogle } from "./google.js";
import { actingForm, ApiError, button, chooseAccount, field, get, h, signIn, signOut, swap } from "./parts.js";

/** `reason`: why to sign in again; `accounts`: of the one who is signed in, to choose from. */
export function page(view, enter, reason, accounts) {
	const content = accounts.length ? accountButtons(accounts, enter) : ways(enter);
	view.draw("Sign in",
		h("section.card.sign-in",
			h("img", { src: "web/icon.svg", alt: "", width: 56, height: 56 }),
			h("h1", { tabindex: "-1" }, "Reveille"),
			h("p.muted", "Calling campaigns that sleep while there is nobody to call."),
			h("p.error-text.said", { role: "alert" }, reason ?? ""),
			content));
	view.main.querySelector("input, section button")?.focus();
}

function accountButtons(accounts, enter) {
	const choose = (id) => (chooseAccount(id), enter());
	return [h("p", "Which of your accounts?"), accounts.map((id) => button(h("span.mono", id), () => choose(id)))];
}

function ways(enter) {
	const act = async ({ key }, form) => {
		try {
			if (!/^[!-~]+$/.test(key)) throw new ApiError(401, null);
			signIn(key);
			await get("/api/account");
		} catch (error) {
			signOut();
			form.elements.key.focus();
			throw error.status === 401 ? new Error("This key is not valid.") : error;
		}
		await enter();
	};
	const hint = ["Kept in this tab until it is closed. A lost key: the command ", h("code", "admin new-key"), " makes another."];
	const fields = [field("key", "API key", { type: "password", autocomplete: "current-password", placeholder: "rv_…", hint })];
	return [actingForm({ fields, label: "Sign in", act }), googleButton()];
}

function googleButton() {
	const place = h("div.stack");
	const show = ({ google }) => google && swap(place, h("p.muted", "or"), button("Sign in with Google", () => goToGoogle(google)));
	get("/web/sign-in").then(show, () => {}); // keys do without it
	return place;
}
