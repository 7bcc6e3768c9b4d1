/** Sign-in with Google: the browser goes there, and comes back with an ID token behind the # of the address. */

const ASKED = "reveille.asked"; // what the answer must repeat, and the page that the user was on

/** @param {{authorize_url: string, client_id: string}} google as the service says it */
export function goToGoogle({ authorize_url, client_id }) {
	const asked = { state: crypto.randomUUID(), nonce: crypto.randomUUID(), place: location.hash };
	sessionStorage.setItem(ASKED, JSON.stringify(asked));
	const redirect_uri = location.origin + location.pathname;
	const query = new URLSearchParams({ client_id, redirect_uri, response_type: "id_token", scope: "openid email", state: asked.state, nonce: asked.nonce, prompt: "select_account" });
	location.assign(`${authorize_url}?${query}`);
}

/** The token that has come back, taken out of the address bar at once. Null: none has. Throws why it is not taken. */
export function tokenBroughtBack() {
	const answer = new URLSearchParams(location.hash.slice(1));
	if (!answer.has("state")) return null;
	const asked = JSON.parse(sessionStorage.getItem(ASKED) ?? "{}");
	sessionStorage.removeItem(ASKED);
	history.replaceState(null, "", location.pathname + (asked.place ?? ""));
	const token = answer.get("id_token");
	if (answer.get("state") !== asked.state) throw new Error("That sign-in was not begun in this tab. Begin it here.");
	if (!token) throw new Error(`Google has not signed you in: ${answer.get("error")}.`);
	if (nonceOf(token) !== asked.nonce) throw new Error("That sign-in was for another visit. Begin it anew.");
	return token;
}

/** The service checks the signature and all else. */
function nonceOf(token) {
	try {
		return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).nonce;
	} catch {
		return null;
	}
}
