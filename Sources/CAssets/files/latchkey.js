// Improvements only: every page works without this file. No eval, no inline styles; texts come from <body data-messages> (JSON), English otherwise.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  let messages = {};
  try { messages = JSON.parse(document.body.dataset.messages || "{}"); } catch { /* English */ }
  const say = (key, english) => messages[key] || english;

  function announce(text) {
    let live = document.getElementById("announcements");
    if (!live) {
      live = Object.assign(document.createElement("div"), { id: "announcements", className: "visually-hidden" });
      live.setAttribute("role", "status");
      document.body.append(live);
    }
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 50);
  }

  // --- theme: kept in the cookie `theme`, so that the server renders it
  function chooseTheme(theme) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    root.dataset.bsTheme = theme;
    for (const button of all("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }

  // --- copy
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* not a secure context: the old way */ }
    const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "visually-hidden" });
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
  async function copyFrom(button) {
    const target = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const text = button.dataset.copy || (target ? target.value || target.textContent : button.textContent).trim();
    const focused = document.activeElement;
    const done = await copy(text);
    focused?.focus?.();
    const word = done ? say("copied", "Copied") : say("notCopied", "Could not copy: select it and copy by hand");
    announce(word);
    const label = button.querySelector("[data-label-text]");
    if (label) {
      label.dataset.was ??= label.textContent;
      label.textContent = word;
      setTimeout(() => { label.textContent = label.dataset.was; }, 2000);
    } else {
      button.dataset.done = done ? " ✓" : "";
      setTimeout(() => { delete button.dataset.done; }, 1500);
    }
  }

  // --- times: local in the text, exact UTC in the title
  const zone = document.body.dataset.timeZone || undefined;
  const language = root.lang === "en" ? "en-GB" : root.lang || undefined; // day before month, 24 hours
  const form = (options) => { try { return new Intl.DateTimeFormat(language, { timeZone: zone, ...options }); } catch { return new Intl.DateTimeFormat(language, options); } };
  const shapes = {
    full: form({ dateStyle: "medium", timeStyle: "short" }),
    date: form({ dateStyle: "medium" }),
    time: form({ timeStyle: "short" }),
  };
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  function ago(date) {
    const seconds = (date - Date.now()) / 1000;
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return say("justNow", "just now");
  }
  function times(within = document) {
    for (const time of all("time[datetime]", within)) {
      const date = new Date(time.dateTime);
      if (isNaN(date)) continue;
      const shape = time.dataset.shape || "full";
      const near = Math.abs(date - Date.now()) < 7 * 86400e3;
      time.textContent = shape === "ago" ? (near ? ago(date) : shapes.date.format(date)) : shapes[shape].format(date);
      time.title = `${date.toISOString().replace("T", " ").replace(/\.\d+Z|Z/, "")} UTC`;
    }
  }
  setInterval(() => { if (!document.hidden) times(); }, 60e3);

  // --- passwords: criteria tick off while typing
  const rules = {
    "min-length": (text, item) => [...text].length >= Number(item.dataset.min),
    "upper": (text) => /\p{Lu}/u.test(text),
    "lower": (text) => /\p{Ll}/u.test(text),
    "digit": (text) => /\p{Nd}/u.test(text),
    "symbol": (text) => /[\p{P}\p{S}]/u.test(text),
    // A first guess only: the server decides.
    "not-guessable": (text) => [...text].length >= 8 && new Set([...text.toLowerCase()]).size >= 6
      && !/(passw|12345|qwert|abcdef|letmein|welcome)/i.test(text.replace(/0/g, "o").replace(/[@4]/g, "a").replace(/\$/g, "s")),
    "no-words": (text, item, list) => !words(item, list).some((word) => text.toLowerCase().includes(word)),
    "same": (text, item) => text === (document.getElementById(item.dataset.with)?.value ?? ""),
  };
  // Names are known already or still being typed: data-words="Una Berg" or data-words-from="full-name email".
  function words(item, list) {
    const ids = (item.dataset.wordsFrom || list.dataset.wordsFrom || "").split(" ").filter(Boolean);
    const known = [item.dataset.words || list.dataset.words || "", ...ids.map((id) => document.getElementById(id)?.value || "")];
    return known.join(" ").toLowerCase().split(/[\s@.,;:_-]+/).filter((word) => word.length >= 3);
  }
  function tick(list, blurred = false) {
    const input = document.getElementById(list.dataset.criteria);
    if (!input) return;
    for (const item of all("[data-rule]", list)) {
      const met = input.value !== "" && Boolean(rules[item.dataset.rule]?.(input.value, item, list));
      item.classList.toggle("met", met);
      item.classList.toggle("unmet", !met && input.value !== "" && (blurred || item.classList.contains("unmet")));
      let word = item.querySelector(".visually-hidden");
      if (!word) {
        word = Object.assign(document.createElement("span"), { className: "visually-hidden" });
        item.append(word);
      }
      word.textContent = met ? ` (${say("met", "met")})` : ` (${say("notMet", "not met yet")})`;
    }
  }
  function criteria(within = document) {
    for (const list of all("[data-criteria]", within)) tick(list);
  }
  function generate(length) {
    const sets = ["ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789"]; // without look-alikes
    const letters = sets.join("");
    const pick = (from) => {
      const most = 256 - (256 % from.length);
      for (;;) { const [byte] = crypto.getRandomValues(new Uint8Array(1)); if (byte < most) return from[byte % from.length]; }
    };
    for (;;) {
      const text = Array.from({ length }, () => pick(letters)).join("").replace(/(.{5})(?=.)/g, "$1-");
      if (sets.every((set) => [...text].some((letter) => set.includes(letter)))) return text;
    }
  }
  function reveal(input, shown) {
    input.type = shown ? "text" : "password";
    for (const button of all("[data-reveal]")) {
      if (button.dataset.reveal === input.id) button.setAttribute("aria-pressed", String(shown));
    }
  }

  // --- asking once: forms with data-confirm, and links with data-dialog whose page carries the form
  const remembered = new WeakMap();
  function open(dialog, opener) {
    document.body.append(dialog);
    dialog.addEventListener("close", () => { dialog.remove(); opener?.focus?.(); });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
    });
    dialog.showModal();
  }
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  function confirm(asking, submitter) {
    const { confirm: title, confirmText, confirmAction, confirmKind } = asking.dataset;
    const yes = element("button", { type: "button", class: confirmKind === "danger" ? "btn btn-danger" : "btn btn-primary" }, confirmAction || submitter?.textContent.trim() || say("continue", "Continue"));
    const no = element("button", { type: "button", class: "btn", "data-close": "", autofocus: "" }, say("cancel", "Cancel"));
    const dialog = element("dialog", { "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      element("h2", { id: "confirm-title" }, title), element("p", { id: "confirm-text" }, confirmText || ""), element("div", { class: "form-actions" }, no, yes));
    yes.addEventListener("click", () => {
      remembered.set(asking, true);
      if (!asking.elements.confirmed) asking.append(element("input", { type: "hidden", name: "confirmed", value: "yes" }));
      dialog.close();
      asking.requestSubmit(submitter && submitter.form === asking ? submitter : undefined);
    });
    open(dialog, submitter);
  }
  async function openPage(link) {
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const content = page.querySelector("[data-dialog-content]");
      if (!answer.ok || answer.redirected || !content) throw new Error("no dialog there");
      const title = content.querySelector("h1, h2");
      const heading = element("h2", { id: "dialog-title" }, ...title.childNodes);
      title.replaceWith(heading);
      const dialog = element("dialog", { "aria-labelledby": "dialog-title" }, document.importNode(content, true));
      link.closest("details")?.removeAttribute("open");
      open(dialog, link.closest("details")?.querySelector("summary") || link);
      prepare(dialog);
    } catch { location.href = link.href; }
  }

  // --- menus
  function closeMenus(except) {
    for (const menu of all("details.menu[open]")) if (menu !== except && !menu.contains(except)) menu.open = false;
  }
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu")) return;
    menu.classList.remove("up");
    if (!menu.open) return;
    closeMenus(menu);
    const list = menu.querySelector(".menu-list").getBoundingClientRect();
    const at = menu.getBoundingClientRect();
    if (menu.closest("[data-matrix]") && !matchMedia("(max-width: 720px)").matches) {
      const { style } = menu.querySelector(".menu-list");
      style.left = `${at.right - list.width}px`;
      style.top = `${at.bottom + 4 + list.height > innerHeight && list.height < at.top ? at.top - list.height - 4 : at.bottom + 4}px`;
      return;
    }
    menu.classList.toggle("up", list.bottom > innerHeight && list.height < at.top);
  }, true);

  // --- one listener for clicks, one for keys
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const menu = at("details.menu");
    closeMenus(menu);
    const sharing = at("[data-share]");
    if (sharing) { navigator.share({ url: sharing.dataset.share, text: sharing.dataset.shareText }).catch(() => { /* closed again */ }); return; }
    const theme = at("button[data-theme-choice]");
    if (theme) { event.preventDefault(); chooseTheme(theme.dataset.themeChoice); return; }
    const copying = at("[data-copy], [data-copy-from], button.id");
    if (copying) { event.preventDefault(); copyFrom(copying); return; }
    const revealing = at("[data-reveal]");
    if (revealing) { const input = document.getElementById(revealing.dataset.reveal); reveal(input, input.type === "password"); return; }
    const generating = at("[data-generate]");
    if (generating) {
      const ids = generating.dataset.generate.split(" ");
      const text = generate(Number(generating.dataset.length || 18));
      for (const input of ids.map((id) => document.getElementById(id))) {
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
      reveal(document.getElementById(ids[0]), true);
      document.getElementById(ids[0]).select();
      announce(say("generated", "A password was generated and is shown in the field"));
      return;
    }
    const paging = at("a[data-dialog]");
    if (paging && !event.metaKey && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); openPage(paging); }
  });
  document.addEventListener("keydown", (event) => {
    const open = event.target.closest?.("details.menu[open]") || document.querySelector("details.menu[open]");
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open?.contains(event.target) && !event.target.matches("input, select, textarea")) {
      const entries = all(".menu-item, .menu-list input, .menu-list button", open);
      const next = entries[(entries.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % entries.length] || entries[0];
      if (next) { event.preventDefault(); next.focus(); }
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select, [contenteditable], dialog")) {
      const search = [...all("main [data-search]"), ...all("[data-search]")].find((input) => input.offsetParent);
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });
  document.addEventListener("input", (event) => {
    for (const list of all("[data-criteria]")) {
      const sources = `${list.dataset.criteria} ${list.dataset.wordsFrom || ""} ${all("[data-rule]", list).map((item) => `${item.dataset.with || ""} ${item.dataset.wordsFrom || ""}`).join(" ")}`;
      if (sources.split(" ").includes(event.target.id)) tick(list);
    }
    // "All keys" makes the single ones needless.
    if (event.target.matches?.("[data-all]")) allBox(event.target);
    if (event.target.matches?.("[data-branch]")) cover();
    if (event.target.matches?.("[data-shows-when]") || event.target.type === "radio" || event.target.type === "checkbox") showWhen();
  });
  document.addEventListener("focusout", (event) => {
    for (const list of all("[data-criteria]")) if (list.dataset.criteria === event.target.id) tick(list, true);
  });
  function allBox(box) {
    for (const one of all(`[data-all-of="${CSS.escape(box.dataset.all)}"]`)) one.disabled = box.checked;
  }
  // In a tree of ticks a ticked place covers what lies in it: that is shown as ticked, and cannot be chosen by itself.
  function cover(within = document) {
    for (const box of all("[data-branch]", within)) {
      const above = box.closest("li").parentElement.closest("li")?.querySelector("[data-branch]");
      const covered = Boolean(above?.checked);
      if (covered === Boolean(box.dataset.covered)) continue;
      if (covered) {
        box.dataset.covered = `${box.checked} ${box.disabled}`;
        box.checked = box.disabled = true;
      } else {
        const [checked, disabled] = box.dataset.covered.split(" ");
        box.checked = checked === "true";
        box.disabled = disabled === "true";
        delete box.dataset.covered;
      }
    }
  }
  // --- users by screens: one stop for Tab in each row, arrows from cell to cell; why, on hover and focus
  let tip;
  function showTip(cell) {
    if (matchMedia("(max-width: 720px)").matches) return;
    cell.removeAttribute("title");
    tip ||= Object.assign(document.createElement("div"), { className: "tip" });
    tip.setAttribute("aria-hidden", "true");
    tip.textContent = cell.getAttribute("aria-label");
    document.body.append(tip);
    const [at, own] = [cell.getBoundingClientRect(), tip.getBoundingClientRect()];
    const left = Math.max(6, Math.min(at.left + at.width / 2 - own.width / 2, innerWidth - own.width - 6));
    const top = at.top - own.height - 8 < 6 ? at.bottom + 8 : at.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${top}px`;
  }
  const hideTip = () => tip?.remove();
  for (const [type, act] of [["pointerover", showTip], ["focusin", showTip], ["pointerout", hideTip], ["focusout", hideTip]]) {
    document.addEventListener(type, (event) => { const cell = event.target.closest?.("[data-matrix] [data-reason]"); if (cell) act(cell); });
  }
  addEventListener("scroll", () => {
    hideTip();
    for (const menu of all("[data-matrix] details.menu[open]")) if (!matchMedia("(max-width: 720px)").matches) menu.open = false;
  }, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
    const cell = event.target.closest?.("[data-matrix] [data-reason]");
    if (!cell) return;
    const rows = all("tbody tr", cell.closest("table")).map((row) => all("[data-reason]", row));
    const y = rows.findIndex((row) => row.includes(cell)), x = rows[y].indexOf(cell);
    const to = { ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], Home: [y, 0], End: [y, rows[y].length - 1] }[event.key];
    const next = to && rows[to[0]]?.[to[1]];
    if (!next) return;
    event.preventDefault();
    for (const one of rows[to[0]]) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
  // <input type="file" data-load-into="text">: the chosen file's text into that field.
  addEventListener("change", async (event) => {
    const into = event.target.dataset?.loadInto && document.getElementById(event.target.dataset.loadInto);
    const file = into && event.target.files[0];
    if (!file || file.size > 262144) return;
    into.value = await file.text();
    into.focus();
  });

  // <div data-show-when="password=typed">: shown while the radio or check box of that name has that value.
  function showWhen(within = document) {
    for (const part of all("[data-show-when]", within)) {
      const [name, value] = part.dataset.showWhen.split("=");
      part.hidden = !all(`input[name="${CSS.escape(name)}"]:checked`).some((input) => input.value === value);
    }
  }

  // --- unsent text survives a sign-in: kept at submit, given back when the form comes again after the sign-in page
  const draftKey = "latchkey.draft";
  const signIn = document.body.dataset.page === "sign-in";
  const kept = (input) => input.name && !input.disabled && !input.closest("[data-no-draft]") && !["password", "hidden", "file", "submit", "button"].includes(input.type);
  const store = {
    get() { try { return JSON.parse(sessionStorage.getItem(draftKey)); } catch { return null; } },
    set(value) { try { value ? sessionStorage.setItem(draftKey, JSON.stringify(value)) : sessionStorage.removeItem(draftKey); } catch { /* full or forbidden */ } },
  };
  // In answer to a form the sign-in page stands at that form's address: loading it anew must not send the form again.
  if (signIn && document.querySelector("input[name=draft]")) history.replaceState(null, "", "/sign-in");
  const here = location.pathname + location.search;
  // A form that came back refused stands at the address it was sent to; the page that it began on is that of the draft of its sending.
  const sent = document.querySelector("main [data-focus]") && store.get();
  function keep(sending) {
    if (signIn || (sending.method || "get").toLowerCase() !== "post") return;
    const action = new URL(sending.action).pathname;
    const fields = [...sending.elements].filter(kept).map((input) => [input.name, input.value, ["checkbox", "radio"].includes(input.type) ? input.checked : null]);
    if (fields.length) store.set({ path: sent?.action === action ? sent.path : here, action, person: document.body.dataset.person, at: Date.now(), fields });
  }
  function restore() {
    const draft = store.get();
    if (!draft) return;
    if (signIn) {
      store.set({ ...draft, signedOut: true });
      const back = document.querySelector("input[name=return_to]");
      if (back) back.value = draft.path;
      document.querySelector("input[name=draft]")?.remove(); // what the server kept for those without scripts
      return;
    }
    if (!draft.signedOut || draft.person !== document.body.dataset.person || Date.now() - draft.at > 12 * 3600e3) { store.set(null); return; }
    if (draft.path !== here) return;
    store.set(null);
    const target = all("form[method=post]").find((candidate) => new URL(candidate.action).pathname === draft.action);
    if (!target) return;
    for (const [name, value, checked] of draft.fields) {
      for (const input of [...target.elements].filter((one) => one.name === name && kept(one))) {
        if (checked === null) input.value = value;
        else if (input.value === value) input.checked = checked;
      }
    }
    const note = element("div", { class: "alert alert-info", role: "status" }, element("div", {}, say("restored", "You were signed out before this was saved. What you had typed is back in the form: look it over and save it again.")));
    target.before(note);
    showWhen();
  }
  document.addEventListener("submit", (event) => {
    const sending = event.target;
    if (sending.dataset.confirm && !remembered.get(sending)) { event.preventDefault(); event.stopImmediatePropagation(); confirm(sending, event.submitter); return; }
    if (sending.dataset.sent && Date.now() - sending.dataset.sent < 3000) { event.preventDefault(); return; } // a double click sends once
    if ((sending.method || "get").toLowerCase() === "post") sending.dataset.sent = Date.now();
    else closeMenus(); // what a filter's menu asked for is shown: the menu has done its work
    keep(sending);
  }, true);
  addEventListener("pageshow", (event) => { if (event.persisted) for (const sent of all("form[data-sent]")) delete sent.dataset.sent; });
  // htmx met the end of the login: load the page anew, the server leads to the sign-in.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    event.preventDefault();
    const sending = event.detail.elt.closest?.("form");
    if (sending) keep(sending);
    location.reload();
  });
  document.addEventListener("htmx:afterSettle", (event) => prepare(event.detail.elt));

  // --- live: what happens elsewhere, while somebody looks at this page; browsers open few connections to a host, so hidden pages do not listen
  let events = null;
  let refreshing = 0;
  const isTyped = (form) => [...form.elements].some((input) => kept(input) && (["checkbox", "radio"].includes(input.type) ? input.checked !== input.defaultChecked : input.matches("select") ? [...input.options].some((option) => option.selected !== option.defaultSelected) : input.value !== input.defaultValue));
  const isBusy = () => document.querySelector("dialog[open], details.menu[open]") || all("form[method=post]").some(isTyped);
  function refresh(id) {
    const part = document.querySelector("[data-live]");
    if (!part || !window.htmx || (id && part.dataset.live !== id && (part.dataset.live || id === "logins"))) return;
    clearTimeout(refreshing);
    // Many at once are one; what somebody is at is not pulled away.
    refreshing = setTimeout(() => {
      const now = document.querySelector("[data-live]");
      if (!now || document.hidden) return;
      if (isBusy()) { refresh(id); return; }
      htmx.ajax("GET", location.pathname + location.search, { target: now, select: `#${now.id}`, swap: "outerHTML", headers: { "Latchkey-Background": "1" } });
    }, 300);
  }
  function ended({ reason, at, address, by, browser }) {
    events?.close();
    isOver = true;
    warning?.close();
    if (document.querySelector("dialog[data-ended]")) return;
    const why = {
      take_over: say("takenOver", "Somebody signed in with your username elsewhere and closed this sign-in."),
      closed: by ? say("closedBy", "%1 closed this sign-in.").replace("%1", () => by) : say("closed", "This sign-in was closed."), disabled: say("deactivated", "You were deactivated."), password: say("passwordChanged", "Your password was changed."),
      idle: say("idle", "There was no activity for a time."), expired: say("expired", "Your sign-in has reached its end."),
    }[reason] || say("endedText", "Your sign-in has ended.");
    if (reason === "signed_out") return; // by this browser itself
    const where = [reason === "take_over" && by, browser, address, at && shapes.full.format(new Date(at))].filter(Boolean).join(" · ");
    // The sign-in page asks once more, and can prove that it is this browser.
    const notMe = reason === "take_over" && element("a", { class: "btn btn-quiet-danger", href: "/sign-in" }, say("notMe", "That was not me"));
    const again = element("button", { type: "button", class: "btn btn-primary" }, say("signInAgain", "Sign in again"));
    const dialog = element("dialog", { "data-ended": "", "aria-labelledby": "ended-title", "aria-describedby": "ended-text" },
      element("h2", { id: "ended-title" }, say("endedTitle", "You were signed out here")), element("p", { id: "ended-text" }, why),
      element("p", { class: "sub" }, where), element("div", { class: "form-actions" }, ...[again, notMe].filter(Boolean)));
    again.addEventListener("click", () => { const typed = all("form[method=post]").find(isTyped); if (typed) keep(typed); location.reload(); });
    open(dialog);
  }
  // --- the end of the login by itself: a warning a minute before. The server decides: what other windows do counts, and its clock
  const warnAt = 60e3;
  const asks = "/api/v1/logins/current";
  const others = "BroadcastChannel" in window && !signIn ? new BroadcastChannel("latchkey") : null;
  let deadline = document.body.dataset.lasts ? Date.now() + Number(document.body.dataset.lasts) * 1000 : Infinity;
  let byAge = false;
  let isOver = false;
  let isAsking = false;
  let staysNext = false;
  let askedAt = 0;
  let warning = null;
  let wasTold = false;
  // In the background, so that asking prolongs nothing; `stay` is a person's answer and does.
  async function askEnd(stay = false) {
    if (isOver) return;
    // A person's answer is not lost to a question that is on its way.
    if (isAsking) { staysNext ||= stay; return; }
    isAsking = true;
    staysNext = false;
    askedAt = Date.now();
    try {
      const answer = await fetch(asks, { headers: stay ? {} : { "Latchkey-Background": "1" } });
      if (answer.status === 401) {
        ended({ reason: Date.now() < deadline - 2000 ? "" : byAge ? "expired" : "idle" });
      } else if (answer.ok) {
        const { ends_in: seconds, ends_by: by } = await answer.json();
        deadline = Date.now() + seconds * 1000;
        byAge = by === "age";
        if (stay) others?.postMessage("active");
      }
    } catch { /* no network: the next tick asks again */ }
    isAsking = false;
    if (staysNext) askEnd(true);
    else watchEnd(true);
  }
  function watchEnd(hasAsked = false) {
    if (isOver || deadline === Infinity) return;
    const left = deadline - Date.now();
    if (left > warnAt) { wasTold = false; warning?.close(); return; }
    // Now and then, and at the end, whether it is still so.
    const isKnown = (warning || wasTold) && left > 0;
    if (!hasAsked && Date.now() - askedAt > (isKnown ? 10e3 : 1500)) { askEnd(); return; }
    if (!warning && !wasTold && hasAsked && left > 0) warnEnd();
    const timer = warning?.querySelector("[role=timer]");
    if (timer) timer.textContent = String(Math.max(0, Math.ceil(left / 1000)));
  }
  function warnEnd() {
    const stay = element("button", { type: "button", class: "btn btn-primary", autofocus: "" }, byAge ? say("understood", "Understood") : say("stay", "Stay signed in"));
    const leave = element("button", { type: "submit", class: "btn" }, say("signOut", "Sign out"));
    const [before, after] = say("secondsLeft", "%1 seconds left").split("%1");
    const text = byAge ? say("endsByAge", "Within a minute your sign-in reaches its longest time. Save what you are at; afterwards sign in again.")
      : say("endsByIdle", "There was no activity for a time: within a minute you are signed out here.");
    warning = element("dialog", { "data-ending": "", "aria-labelledby": "ending-title", "aria-describedby": "ending-text" },
      element("h2", { id: "ending-title" }, say("endingTitle", "Are you still there?")), element("p", { id: "ending-text" }, text),
      element("p", { class: "sub" }, before, element("span", { role: "timer" }), after),
      element("form", { class: "form-actions", method: "post", action: "/sign-out" }, leave, stay));
    // However it is left, somebody is there.
    stay.addEventListener("click", () => warning.close());
    warning.addEventListener("close", () => {
      warning = null;
      if (deadline - Date.now() > warnAt || isOver) return;
      wasTold = byAge;
      if (!byAge) askEnd(true);
    });
    open(warning, document.activeElement);
  }
  if (others) {
    others.onmessage = () => { if (warning) askEnd(); };
    if (deadline !== Infinity) others.postMessage("active");
  }
  setInterval(watchEnd, 1000);
  document.addEventListener("visibilitychange", () => watchEnd());

  // --- a choice that is saved as it is made
  function saveChoice(select) {
    clearTimeout(saveChoice.waiting);
    saveChoice.waiting = setTimeout(async () => {
      const sending = select.form;
      const answer = await fetch(sending.action, { method: "POST", body: new URLSearchParams(new FormData(sending)), redirect: "manual" }).catch(() => null);
      if (answer?.type !== "opaqueredirect") { sending.submit(); return; } // let the page say what is wrong
      for (const option of select.options) option.defaultSelected = option.selected;
      const note = document.getElementById(select.dataset.saves);
      if (note) { note.textContent = note.dataset.text; setTimeout(() => { note.textContent = ""; }, 4000); }
      askEnd();
    }, 400);
  }
  document.addEventListener("change", (event) => { if (event.target.matches?.("select[data-saves]")) saveChoice(event.target); });

  function listen() {
    const wanted = !document.hidden && document.body.dataset.person && !signIn && "EventSource" in window;
    if (!wanted) { events?.close(); events = null; return; }
    if (events) return;
    const isBack = events === null && listen.was;
    listen.was = true;
    events = new EventSource("/events");
    events.addEventListener("session", (event) => refresh(JSON.parse(event.data).id));
    events.addEventListener("logins", () => refresh("logins"));
    events.addEventListener("ended", (event) => ended(JSON.parse(event.data)));
    // Another window confirmed that it is this person: the cookie that it was given is on its way.
    events.addEventListener("renewed", () => { events?.close(); events = null; setTimeout(listen, 3000); });
    if (isBack) { times(); refresh(); }
  }
  document.addEventListener("visibilitychange", listen);
  // What this page does itself, signing out for one, must not be told to it while the answer is on its way.
  addEventListener("beforeunload", () => { events?.close(); events = null; setTimeout(listen, 5000); });
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  function prepare(within = document) {
    times(within);
    criteria(within);
    showWhen(within);
    for (const box of all("[data-all]", within)) allBox(box);
    cover(within);
    if (navigator.share) for (const button of all("[data-share]", within)) button.hidden = false;
  }
  prepare();
  restore();
  listen();
  for (const button of all("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.bsTheme || "system")));
  document.querySelector("[data-focus]")?.focus();
  window.latchkey = { all, say, announce, element }; // for what is packed behind this file
})();
