/** Looks again and again, but only while somebody can see it, and ever more slowly while nothing changes. */

const POLL_SECONDS_MIN = 5;
const POLL_SECONDS_MAX = 60;

/** `look` tells whether something changed. Gives what looks at once, for when the user has changed something. */
export function poll(look, signal) {
	let seconds = POLL_SECONDS_MIN;
	let timer = 0;
	let looking = false;

	const plan = () => {
		clearTimeout(timer);
		if (!signal.aborted && !document.hidden) timer = window.setTimeout(turn, seconds * 1000);
	};
	const turn = async () => {
		if (looking || signal.aborted || document.hidden) return;
		looking = true;
		const changed = await look().catch(() => false); // the page says already that it is offline
		looking = false;
		seconds = changed ? POLL_SECONDS_MIN : Math.min(POLL_SECONDS_MAX, seconds * 2);
		plan();
	};
	const atOnce = () => {
		clearTimeout(timer);
		seconds = POLL_SECONDS_MIN;
		void turn();
	};
	document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : atOnce()), { signal });
	window.addEventListener("online", atOnce, { signal });
	signal.addEventListener("abort", () => clearTimeout(timer));
	plan();
	return atOnce;
}
