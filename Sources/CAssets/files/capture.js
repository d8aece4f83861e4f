// The customer's page of photos, on a phone with a weak network. Without this file its forms send one photo after the other; with it the page has
// a camera of its own, and keeps what was taken until the server has said that it has it. Packed into latchkey.js.
(() => {
  "use strict";
  const { all, say, announce, element } = window.latchkey;
  const base = location.pathname.split("/").slice(0, 3).join("/");
  if (!/^\/c\/./.test(base)) return;
  const count = (number, one, many) => number === 1 ? one : many.replace("%1", number);

  // --- what is taken and not sent yet: in IndexedDB, so that a reload loses nothing; in memory alone where a browser keeps nothing
  const waiting = [];
  const week = 7 * 86400e3;
  const shelf = new Promise((resolve) => {
    try {
      const opening = indexedDB.open("latchkey-capture", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("photos", { keyPath: "id" });
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = opening.onblocked = () => resolve(null);
    } catch { resolve(null); }
  });
  // Answers null where it could not be done.
  async function shelve(mode, act) {
    const database = await shelf;
    return database && new Promise((resolve) => {
      try {
        const change = database.transaction("photos", mode);
        const asking = act(change.objectStore("photos"));
        change.oncomplete = () => resolve(asking.result ?? true);
        change.onerror = change.onabort = () => resolve(null);
      } catch { resolve(null); }
    });
  }
  const forget = (photo) => shelve("readwrite", (photos) => photos.delete(photo.id));
  function drop(photo) {
    waiting.splice(waiting.indexOf(photo), 1);
    return forget(photo);
  }
  async function findKept() {
    const kept = await shelve("readonly", (photos) => photos.getAll());
    for (const photo of Array.isArray(kept) ? kept : []) {
      if (Date.now() - photo.at > week) forget(photo);
      else if (photo.capture === base) waiting.push({ ...photo, isKept: true });
    }
    waiting.sort((one, other) => one.at - other.at);
  }
  async function keep(step, file) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const photo = { id: [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""), capture: base, step, at: Date.now(), file };
    photo.isKept = await shelve("readwrite", (photos) => photos.put(photo)) !== null;
    waiting.push(photo);
    complain(step, "");
    draw(photo);
    send();
  }

  // --- sending: one after the other, each under its own id as often as it takes, so that the server takes it once
  let sending = null, isCut = false, pause = 0, timer = 0;
  function post(photo) {
    const body = new FormData();
    body.append("step", photo.step);
    body.append("photo_id", photo.id);
    body.append("file", photo.file, "photo.jpg");
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let silence = 0;
      const alive = () => { clearTimeout(silence); silence = setTimeout(() => request.abort(), 60e3); };
      request.upload.onprogress = (event) => { alive(); draw(photo, event.loaded / event.total); };
      request.onprogress = alive;
      request.onloadend = () => {
        clearTimeout(silence);
        let problem = {};
        try { problem = JSON.parse(request.responseText); } catch { /* cut, or from somebody between */ }
        resolve({ status: request.status, problem });
      };
      request.open("POST", `${base}/photos`);
      request.setRequestHeader("Accept", "application/json");
      alive();
      request.send(body);
    });
  }
  async function send() {
    clearTimeout(timer);
    if (sending || !waiting.length) { tell(); return; }
    if (!navigator.onLine) { later(true); return; }
    const photo = sending = waiting[0];
    draw(photo, 0);
    tell();
    const { status, problem } = await post(photo);
    sending = null;
    if (status === 200 || status === 201) {
      pause = 0;
      isCut = false;
      await drop(photo);
      await taken(photo);
    } else if ([404, 409, 410].includes(status)) {
      // Nothing is taken here any more, and the page says why; a branch that is closed may open again.
      const over = waiting.splice(0);
      if (problem.code !== "capture_closed") await Promise.all(over.map(forget));
      if (steps) location.replace(base);
      return;
    } else if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) {
      await drop(photo);
      held = null;
      complain(photo.step, problem.errors?.[0]?.message || say("photoRefused", "That photo could not be taken. Try again."));
      photo.row?.remove();
    } else {
      later(status === 0);
      return;
    }
    send();
  }
  function later(cut) {
    isCut = cut;
    pause = Math.min(60e3, pause * 2 || 2e3);
    timer = setTimeout(send, pause);
    for (const photo of waiting) draw(photo);
    tell();
  }
  function now() {
    pause = 0;
    if (!sending) send();
    if (isStale) refresh();
  }
  addEventListener("online", () => { isCut = false; now(); });
  addEventListener("offline", () => tell());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); });
  addEventListener("beforeunload", (event) => { if (waiting.some((photo) => !photo.isKept)) event.preventDefault(); });

  // --- what the page says
  const steps = document.querySelector("ol.steps");
  const news = element("div", { class: "news", role: "status" });
  let held = null; // a form that was pressed and has to wait
  function tell() {
    const photos = waiting.length;
    let text = "";
    if (photos && (isCut || !navigator.onLine)) {
      text = waiting.every((photo) => photo.isKept)
        ? count(photos, say("keptOne", "No network just now. 1 photo is kept on this phone and is sent by itself when the network is back."), say("kept", "No network just now. %1 photos are kept on this phone and are sent by themselves when the network is back."))
        : count(photos, say("heldOne", "No network just now. Leave this page open: 1 photo is sent by itself when the network is back."), say("held", "No network just now. Leave this page open: %1 photos are sent by themselves when the network is back."));
    } else if (photos && pause) text = say("busy", "The photos cannot be taken in just now. They are kept, and sent again by themselves.");
    else if (held && !navigator.onLine) text = say("pressed", "No network just now. What you pressed is sent by itself when the network is back.");
    else if (held && photos) text = count(photos, say("finishingOne", "1 photo is still on its way. Everything is sent when it has arrived."), say("finishing", "%1 photos are still on their way. Everything is sent when they have arrived."));
    if (text && photos && held && isFinish(held) && (isCut || pause)) text += ` ${say("after", "After that everything is sent.")}`;
    if (news.textContent !== text) news.replaceChildren(...text ? [element("div", { class: "alert alert-warning" }, text)] : []);
    if (held && navigator.onLine && !(photos && isFinish(held))) {
      const form = held;
      held = null;
      form.requestSubmit();
    }
  }
  const isFinish = (form) => form.action.endsWith("/finish");
  const place = (step) => document.getElementById(`step-${step}`);
  function complain(step, text) {
    place(step)?.querySelector(".refused")?.remove();
    if (text) place(step)?.querySelector("form").before(element("p", { class: "field-error refused", role: "alert" }, text));
  }
  // One row for a photo on its way: what it shows, and how far it is.
  function draw(photo, part) {
    if (!photo.row) {
      const picture = element("canvas", { width: 112, height: 84, "aria-hidden": "true" });
      photo.row = element("p", { class: "on-its-way sub" }, picture, element("span", {}));
      createImageBitmap(photo.file).then((image) => {
        const scale = Math.max(112 / image.width, 84 / image.height);
        picture.getContext("2d").drawImage(image, (112 - image.width * scale) / 2, (84 - image.height * scale) / 2, image.width * scale, image.height * scale);
        image.close();
      }).catch(() => picture.remove()); // a kind that this browser does not show
    }
    if (!photo.row.isConnected) place(photo.step)?.append(photo.row);
    const text = part === undefined ? say("waits", "Waits to be sent") : part >= 1 ? say("arrives", "Being taken in") : say("sends", "Being sent: %1 %").replace("%1", Math.round(part * 100));
    photo.row.lastChild.textContent = text;
  }

  // --- after a photo was taken in: the page's own words about it, from the server
  let isStale = false;
  async function taken(photo) {
    if (!steps) return;
    for (const row of all(".on-its-way[data-sent]", place(photo.step))) row.remove();
    photo.row.dataset.sent = "";
    photo.row.lastChild.textContent = say("sent", "Sent");
    await refresh();
    announce(`${place(photo.step)?.querySelector("h2").textContent.trim() || ""}. ${document.querySelector(".sheet .lead")?.textContent || ""}`);
  }
  async function refresh() {
    let page;
    try {
      const answer = await fetch(base, { headers: { Accept: "text/html" } });
      if (!answer.ok && answer.status < 500) { location.replace(base); return; }
      page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { /* cut */ }
    isStale = !page;
    if (!page) return;
    if (!page.querySelector("ol.steps")) { location.replace(base); return; }
    const lead = document.querySelector(".sheet .lead");
    lead.textContent = page.querySelector(".sheet .lead").textContent;
    for (const fresh of all("ol.steps > li", page)) {
      const old = document.getElementById(fresh.id);
      if (!old || old.classList.contains("done") === fresh.classList.contains("done") || old.contains(held)) continue;
      const item = document.importNode(fresh, true);
      for (const input of all("input[name=text], select", old)) item.querySelector(`[name=${input.name}]`).value = input.value;
      const focused = old.contains(document.activeElement) && document.activeElement;
      item.append(...all(".on-its-way", old));
      old.replaceWith(item);
      offer(item);
      if (focused) (focused.id ? document.getElementById(focused.id) : item.querySelector(".take, input[type=file]"))?.focus();
      all(`.alert a[href="#${fresh.id}"]`).forEach((link) => {
        const alert = link.closest(".alert");
        link.closest("li").remove();
        if (!alert.querySelector("li")) alert.remove();
      });
    }
  }

  // --- the camera: the rear one, as large as the screen; where there is none, or none is allowed, the file's field stays
  let hasCamera = false;
  const facing = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1920 } } };
  async function look() {
    if (!navigator.mediaDevices?.getUserMedia) return false;
    try { if ((await navigator.permissions.query({ name: "camera" })).state === "denied") return false; } catch { /* not every browser tells */ }
    try { return (await navigator.mediaDevices.enumerateDevices()).some((device) => device.kind === "videoinput"); } catch { return false; }
  }
  function icon(name) {
    const own = document.querySelector(".steps .icon").cloneNode(true);
    const use = own.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
    return own;
  }
  // What a step offers: the camera where there is one, and a file in any case, sent as soon as it is chosen.
  function offer(item) {
    const form = item.querySelector("form[data-photo]");
    const [label, input, button] = [form.querySelector("label"), form.querySelector("input[type=file]"), form.querySelector("button[type=submit]")];
    form.classList.add("quick");
    button.hidden = true;
    const isDone = item.classList.contains("done");
    const [first, name] = [isDone ? "btn" : "btn btn-primary", isDone ? say("another", "Another photo") : hasCamera ? say("take", "Take photo") : say("add", "Add photo")];
    item.querySelector("h2").id = `heading-${item.id}`;
    input.setAttribute("aria-describedby", `heading-${item.id}`);
    form.querySelector(".take")?.remove();
    if (!hasCamera) {
      label.className = first;
      label.replaceChildren(icon("camera"), name);
      return;
    }
    input.removeAttribute("capture"); // the camera has a button of its own
    label.className = "btn";
    label.replaceChildren(say("chooseFile", "Choose a photo"));
    label.before(element("button", { type: "button", class: `${first} take`, "aria-describedby": `heading-${item.id}` }, icon("camera"), name));
  }
  function withdraw(step) {
    hasCamera = false;
    for (const item of all("ol.steps > li")) {
      item.querySelector("input[type=file]").setAttribute("capture", "environment");
      offer(item);
    }
    const input = place(step).querySelector("input[type=file]");
    input.focus();
    input.click(); // where the browser still takes this as what the person did
  }
  async function shoot(opener) {
    const item = opener.closest("li");
    const step = item.id.replace("step-", "");
    opener.disabled = true;
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia(facing); } catch { withdraw(step); return; } finally { opener.disabled = false; }
    const video = element("video", { playsinline: "", autoplay: "", "aria-label": say("viewfinder", "What the camera sees") });
    video.muted = true;
    video.srcObject = stream;
    const still = element("canvas", { role: "img", "aria-label": say("still", "The photo just taken"), hidden: "" });
    const button = (kind, ...inside) => element("button", { type: "button", class: `btn ${kind}` }, ...inside);
    const cancel = button("", say("cancel", "Cancel"));
    const shutter = button("shutter", element("span", { class: "visually-hidden" }, say("shutter", "Take the photo")));
    const again = button("", say("again", "Take again"));
    const use = button("btn-primary", icon("check"), say("use", "Use photo"));
    const said = element("p", { class: "visually-hidden", role: "status" });
    const dialog = element("dialog", { class: "camera", "aria-labelledby": "camera-title", "aria-describedby": "camera-help" },
      element("div", { class: "camera-head" }, element("h2", { id: "camera-title" }, item.querySelector("h2").firstElementChild.nextSibling.textContent.trim()), element("p", { id: "camera-help" }, item.querySelector("h2 + .sub")?.textContent || "")),
      element("div", { class: "camera-view" }, video, still), element("div", { class: "camera-bar" }, cancel, shutter, again, use), said);
    const show = (isTaken) => {
      video.hidden = shutter.hidden = cancel.hidden = isTaken;
      still.hidden = again.hidden = use.hidden = !isTaken;
      (isTaken ? use : shutter).focus();
    };
    cancel.addEventListener("click", () => dialog.close());
    shutter.addEventListener("click", () => {
      still.width = video.videoWidth;
      still.height = video.videoHeight;
      still.getContext("2d").drawImage(video, 0, 0);
      show(true);
      said.textContent = say("shot", "The photo was taken. Use it, or take it again.");
    });
    again.addEventListener("click", () => { show(false); said.textContent = ""; });
    use.addEventListener("click", () => {
      use.disabled = true;
      still.toBlob((file) => { dialog.close(); if (file) keep(step, file); }, "image/jpeg", 0.92);
    });
    const away = () => { if (document.hidden && still.hidden) dialog.close(); };
    document.addEventListener("visibilitychange", away);
    dialog.addEventListener("close", () => {
      document.removeEventListener("visibilitychange", away);
      for (const track of stream.getTracks()) track.stop();
      dialog.remove();
      (opener.isConnected ? opener : place(step)?.querySelector(".take"))?.focus();
    });
    stream.getVideoTracks()[0].addEventListener("ended", () => { if (still.hidden) dialog.close(); });
    shutter.disabled = true;
    video.addEventListener("loadedmetadata", () => { shutter.disabled = false; if (still.hidden) shutter.focus(); }, { once: true });
    document.body.append(dialog);
    dialog.showModal();
    show(false);
  }

  // --- listening
  async function begin() {
    await findKept();
    if (!steps) { send(); return; } // what is left here is refused, and forgotten
    steps.before(news);
    hasCamera = await look();
    for (const item of steps.children) offer(item);
    for (const photo of waiting) draw(photo);
    document.addEventListener("click", (event) => { const take = event.target.closest?.(".take"); if (take) shoot(take); });
    document.addEventListener("change", (event) => {
      const input = event.target;
      if (!input.matches("form[data-photo] input[type=file]") || !input.files.length) return;
      keep(input.form.elements.step.value, input.files[0]);
      input.value = "";
    });
    // What was chosen before this was ready.
    for (const input of all("form[data-photo] input[type=file]")) if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
    send();
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-photo]") || form.method !== "post") return;
    if (navigator.onLine && !(isFinish(form) && waiting.length)) return;
    event.preventDefault();
    delete form.dataset.sent;
    held = form;
    if (!news.isConnected) form.before(news);
    tell();
  });
  begin();
})();
