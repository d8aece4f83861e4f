// What makes an open page live. Without it everything still works, a page at a time.

const units = document.body.dataset.units;
const degrees = (celsius) => (units === "F" ? `${Math.round((celsius * 9) / 5 + 32)} °F` : `${celsius.toFixed(1)} °C`);
const say = (text) => { document.getElementById("said").textContent = text; };

// The login has ended: nothing of the house stays on this page.
function over() {
  stream?.close();
  document.getElementById("main").replaceChildren();
  document.querySelector("header").inert = true;
  const dialog = document.getElementById("over");
  dialog.querySelector("a").href = location.href;
  dialog.hidden = false;
  dialog.querySelector("a").focus();
}

function show(room) {
  for (const card of document.querySelectorAll(`[data-room="${CSS.escape(room.number)}"]`)) {
    const write = (name, text) => {
      const place = card.querySelector(`[data-field="${name}"]`);
      if (place && place.textContent !== text) place.textContent = text;
    };
    write("temperature", degrees(room.temperature));
    write("target", degrees(room.target));
    if ("occupied" in room) write("occupied", room.occupied ? "Occupied" : "Empty");
    if ("guest" in room) write("guest", room.guest);
    turn(card, "lighting", room.light);
    turn(card, "curtains", room.curtains);
  }
}

function turn(card, what, isOn) {
  const place = card.querySelector(`[data-switch="${what}"], [data-shown="${what}"]`);
  if (!place) return;
  const state = place.querySelector(".state");
  state.textContent = state.dataset.words.split("|")[isOn ? 0 : 1];
  place.querySelector("button")?.setAttribute("aria-pressed", String(isOn));
  const value = place.querySelector("input[name=value]");
  if (value) value.value = isOn ? "off" : "on";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.switch) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
  if (answer.status === 401) return over();
  const said = await answer.json();
  if (answer.ok) { show(said); say(""); } else { say(`${said.title}: ${said.detail}`); }
});

// Parts that are made anew by the server when something about them has changed; at most once a second.
let fetching = false;
async function again() {
  if (fetching) return;
  fetching = true;
  await new Promise((done) => setTimeout(done, 1000));
  const answer = await fetch(location.href, { headers: { "Latchkey-Background": "1" } });
  fetching = false;
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["alerts", "numbers"]) {
    const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && next && !old.contains(document.activeElement)) old.replaceWith(next);
  }
}

let stream;
function listen() {
  stream = new EventSource("/dashboard/stream");
  stream.addEventListener("room", (event) => { show(JSON.parse(event.data)); if (document.getElementById("numbers")) again(); });
  stream.addEventListener("alert", again);
  stream.addEventListener("access", () => location.reload());
  stream.addEventListener("over", over);
  stream.addEventListener("error", async () => {
    if (stream.readyState !== EventSource.CLOSED) return;
    // A refusal is final for the browser: ask why.
    const answer = await fetch("/dashboard/api/me", { headers: { "Latchkey-Background": "1", Accept: "application/json" } }).catch(() => null);
    if (answer?.status === 401) over(); else setTimeout(listen, 2000);
  });
}
if ("live" in document.body.dataset) listen();
