/** Elements from calls. All text goes in as text nodes, so nothing that a user wrote is ever markup. */

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "selected", "open"]);

/** `tag` may say classes, as `p.hint.small`. @param {Attrs | Child} [attrs] */
export function h(tag, attrs, ...children) {
	const [name, ...classes] = tag.split(".");
	const element = document.createElement(name);
	if (classes.length) element.className = classes.join(" ");
	return isAttrs(attrs) ? fill(element, attrs, children) : fill(element, {}, [attrs, ...children]);
}

export function svg(tag, attrs, ...children) {
	return fill(document.createElementNS(SVG, tag), attrs, children);
}

/** @returns {value is Attrs} */
function isAttrs(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Node);
}

function fill(element, attrs, children) {
	element.append(...nodes(children));
	for (const [name, value] of Object.entries(attrs)) {
		if (value === null || value === undefined) continue;
		if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
		else if (name === "style") for (const [key, to] of Object.entries(value)) element.style.setProperty(key, to);
		else if (name === "data") Object.assign(element.dataset, value);
		else if (AS_PROPERTY.has(name)) element[name] = value;
		else if (value === true) element.setAttribute(name, "");
		else if (value !== false) element.setAttribute(name, String(value));
	}
	return element;
}

export function nodes(children) {
	const shown = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
	return shown.map((child) => (child instanceof Node ? child : String(child)));
}

/** What a user or a file has said: in its own direction, and broken where it does not fit. */
export function said(text, otherwise = "") {
	if (!text) return h("span.muted", otherwise);
	return h("bdi.said", { dir: "auto" }, text);
}

/** For those who hear the page. */
export function unseen(text) {
	return h("span.visually-hidden", text);
}

/** Puts other content in place, and the focus back on what had it, if that is still there. */
export function swap(place, ...children) {
	const held = place.contains(document.activeElement) ? focusName(document.activeElement) : null;
	place.replaceChildren(...nodes(children));
	if (held === null) return;
	const candidates = [...place.querySelectorAll("a, button, input, select, textarea, [tabindex]")];
	candidates.find((each) => focusName(each) === held)?.focus({ preventScroll: true });
}

function focusName(element) {
	return element && (element.id || element.getAttribute("href") || element.textContent);
}
