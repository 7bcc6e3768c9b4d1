/** Sign in with an API key. */

import { ApiError, get } from "./api.js";
import { h } from "./h.js";
import { signIn, signOut } from "./session.js";

export function page(view, reason, enter) {
  const told = h("p.error-text", { id: "key-error", role: "alert" }, reason ?? "");
  const key = h("input", {
    id: "key", type: "password", autocomplete: "current-password", spellcheck: "false", required: true,
    "aria-describedby": "key-error key-hint", placeholder: "rv_…",
  });
  const button = h("button", { type: "submit", class: "primary wide" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    told.textContent = "";
    const shown = key.value.trim();
    if (!/^[!-~]+$/.test(shown)) return fail("This key is not valid.");
    signIn(shown);
    try {
      await get("/api/account");
      await enter();
    } catch (error) {
      signOut();
      const wrong = error instanceof ApiError && error.status === 401;
      return fail(wrong ? "This key is not valid." : error.message);
    }
    button.disabled = false;
  };
  const fail = (text) => {
    told.textContent = text;
    button.disabled = false;
    key.focus();
  };
  view.draw("Sign in",
    h("form.card.sign-in", { on: { submit } },
      h("img", { src: "web/icon.svg", alt: "", width: 56, height: 56 }),
      h("h1", { tabindex: "-1" }, "Reveille"),
      h("p.muted", "Calling campaigns that sleep while there is nobody to call."),
      h("label", { for: "key" }, "API key"),
      key,
      h("p.hint", { id: "key-hint" }, "Kept in this tab until it is closed. A lost key: the command ", h("code", "admin new-key"), " makes another."),
      told,
      button));
  key.focus();
}
