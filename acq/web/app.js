"use strict";
// Asks the API every two seconds and shows what it says.

const EVERY_MS = 2000;
const PATIENCE_MS = 5000;
const PAGE_SIZE = 50;

let first = 0; // the first device of the page that is shown
let last = null; // the last complete set of answers
let timer = 0;
let asking = false;

async function get(path) {
  const response = await fetch("api/v1/" + path,
    { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  const answer = await response.json();
  if (answer.error) throw new Error(answer.error.code);
  return answer;
}

async function ask() {
  const health = await get("health");
  if (health.status === "starting") return { health };
  const [findings, outlets, devices, targets, links, stations, unknown] = await Promise.all([
    get("findings?state=open&limit=100"),
    get("outlets"), get(`devices?with=signals&limit=${PAGE_SIZE}&cursor=${first}`),
    get("targets?limit=100"), get("links?limit=100"), get("stations?limit=100"),
    get("unknown-stations?limit=100")]);
  return { health, findings, outlets, devices, targets, links, stations, unknown };
}

function showFixedTexts() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const place of document.querySelectorAll("[data-text]")) {
    place.textContent = text(place.dataset.text);
  }
  const button = document.getElementById("language");
  button.textContent = text("other");
  button.lang = language === "zh" ? "en" : "zh-CN";
}

function showPages(devices) {
  document.getElementById("pages").hidden = devices.total <= PAGE_SIZE;
  document.getElementById("previous").disabled = first === 0;
  document.getElementById("next").disabled = !devices.next;
  document.getElementById("page").textContent =
    text("page_of", { a: first + 1, b: first + devices.devices.length, n: devices.total });
}

function showAnswers(answers) {
  const { health } = answers;
  if (!answers.devices) {
    show("state", chip("attention", text("starting")));
    return;
  }
  const name = health.name || health.plant;
  document.title = `${name} · ${text("title")}`;
  show("plant", name);
  show("now", timeText(health.now));
  show("zone", zoneText(health.zone_offset_min));
  show("version", health.version);
  show("state", ...stateView(health));
  show("findings", findingsView(answers.findings));
  show("outlets", ...outletsView(answers.outlets));
  show("devices", ...devicesView(answers.devices));
  show("targets", targetsView(answers.targets));
  show("links", linksView(answers.links), ...stationsView(answers.stations),
    ...unknownView(answers.unknown));
  show("record", recordView(health.record));
  showPages(answers.devices);
}

function showConnection(isUp) {
  document.body.classList.toggle("stale", !isUp);
  show("connection", isUp ? chip("good", text("connected")) : chip("bad", text("disconnected")));
}

async function refresh() {
  clearTimeout(timer);
  if (asking) return;
  asking = true;
  try {
    last = await ask();
    showAnswers(last);
    showConnection(true);
  } catch {
    showConnection(false);
  }
  asking = false;
  if (!document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

function turnPage(step) {
  first = Math.max(0, first + step * PAGE_SIZE);
  document.getElementById("devices").replaceChildren();
  refresh();
}

function changeLanguage() {
  keepLanguage(language === "zh" ? "en" : "zh");
  showFixedTexts();
  if (last) showAnswers(last);
  showConnection(!document.body.classList.contains("stale"));
}

document.getElementById("language").addEventListener("click", changeLanguage);
document.getElementById("previous").addEventListener("click", () => turnPage(-1));
document.getElementById("next").addEventListener("click", () => turnPage(1));
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
showFixedTexts();
refresh();
