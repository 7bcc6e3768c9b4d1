/** Looks again and again, but only while somebody can see it, and ever more slowly while nothing changes. */

import { Offline } from "./api.js";

const POLL_SECONDS_MIN = 5;
const POLL_SECONDS_MAX = 60;

/** `look` tells whether something changed. Gives what looks at once, for when the user has changed something. */
export function poll(look, signal) {
	let seconds = POLL_SECONDS_MIN;
	let timer = 0;
	let looking = false;

	const plan = () => (timer = window.setTimeout(turn, seconds * 1000));
	const turn = async () => {
		clearTimeout(timer);
		if (looking || signal.aborted || document.hidden) return;
		looking = true;
		seconds = Math.min(POLL_SECONDS_MAX, seconds * 2);
		try {
			if (await look()) seconds = POLL_SECONDS_MIN;
		} catch (error) {
			if (!(error instanceof Offline)) throw error; // told by app.js, as Offline is already
		} finally {
			looking = false;
			plan();
		}
	};
	const atOnce = () => {
		seconds = POLL_SECONDS_MIN;
		void turn();
	};
	document.addEventListener("visibilitychange", atOnce, { signal });
	window.addEventListener("online", atOnce, { signal });
	plan();
	return atOnce;
}
