// Passkeys: a form with data-passkey asks the browser for one before it is sent, and carries what the authenticator said. Packed into latchkey.js.
(() => {
  "use strict";
  const { all, say, announce } = window.latchkey;
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  document.documentElement.classList.add("passkeys");
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function ask(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: form.dataset.body || "{}",
    });
    const told = await answer.json().catch(() => ({}));
    if (told.code === "step_up_required") {
      location.href = `/step-up?return_to=${encodeURIComponent(location.pathname)}`;
      return null;
    }
    if (!answer.ok) throw new Error(told.detail || "");
    const { flow, options } = told;
    options.challenge = bytes(options.challenge);
    let made;
    if (form.dataset.passkey === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = described(options.excludeCredentials);
      made = await navigator.credentials.create({ publicKey: options });
    } else {
      options.allowCredentials = described(options.allowCredentials);
      made = await navigator.credentials.get({ publicKey: options });
    }
    const { response } = made;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (form.dataset.passkey === "create") {
      said.attestationObject = text(response.attestationObject);
      said.transports = response.getTransports?.() || [];
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
      said.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return { flow, credential: JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: said }) };
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.passkey || event.defaultPrevented || form.elements.credential.value) return;
    event.preventDefault();
    const error = form.querySelector("[data-passkey-error]");
    error.hidden = true;
    try {
      const answer = await ask(form);
      if (!answer) return;
      form.elements.flow.value = answer.flow;
      form.elements.credential.value = answer.credential;
      form.submit();
    } catch (reason) {
      const known = { NotAllowedError: say("passkeyCancelled", "It was cancelled, or took too long."), InvalidStateError: say("passkeyKnown", "This device has a passkey for you already.") };
      error.textContent = known[reason.name] || reason.message || say("passkeyFailed", "That did not work. Try again.");
      error.hidden = false;
      announce(error.textContent);
      delete form.dataset.sent;
    }
  }, true);
  // Back from the next page: what was sent is used up.
  addEventListener("pageshow", (event) => { if (event.persisted) for (const form of all("form[data-passkey]")) form.elements.credential.value = ""; });
  for (const form of all("form[data-passkey]")) form.hidden = false;
})();
