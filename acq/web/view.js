"use strict";
// From the API's answers to elements. Text goes in as text, never as markup.

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Makes `old` look like `next` and keeps the elements that stay, so that a selection, the focus and
// an opened device survive the refresh.
function patch(old, next) {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
    old.replaceWith(next);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  patchAttributes(old, next);
  const children = [...next.childNodes];
  while (old.childNodes.length > children.length) old.lastChild.remove();
  children.forEach((child, i) => {
    if (i < old.childNodes.length) patch(old.childNodes[i], child);
    else old.append(child);
  });
}

function patchAttributes(old, next) {
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...next.attributes]) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function show(id, ...children) {
  const place = document.getElementById(id);
  const next = place.cloneNode(false);
  next.append(...children);
  patch(place, next);
}

// A state is a mark, a word and, when something is wrong, a colour: never the colour alone.
const MARKS = { good: "", attention: "▲", bad: "■" };

function chip(level, words) {
  const mark = MARKS[level] ? [el("span", { "aria-hidden": "true" }, MARKS[level]), " "] : [];
  return el("span", { class: "chip " + level }, ...mark, words);
}

const NOT_MEASURED = ["timeout", "exception", "crc", "length", "foreign", "refused", "link", "busy",
  "no-value", "wire-break", "not-a-number"];

function qualityLevel(word) {
  if (word === "good") return "good";
  return NOT_MEASURED.includes(word.replace(/^exception-.*/, "exception")) ? "bad" : "attention";
}

function qualityChip(word) {
  return word ? chip(qualityLevel(word), qualityText(word)) : chip("good", text("never"));
}

function table(columns, rows) {
  const head = columns.map((c) => el("th", { scope: "col", class: c.kind ?? false }, c.title));
  const body = rows.map((row) => el("tr", {}, ...row.map((cell, i) => {
    const attributes = { class: columns[i].kind ?? false, "data-title": columns[i].title };
    return i === 0 ? el("th", { scope: "row", ...attributes }, cell) : el("td", attributes, cell);
  })));
  return el("div", { class: "scroll" },
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)));
}

function facts(pairs) {
  return el("dl", {}, ...pairs.map(([name, value, kind]) =>
    el("div", { class: kind ?? false }, el("dt", {}, name), el("dd", {}, value))));
}

function notice(words) {
  return el("p", { class: "notice" }, words);
}

function since(now, then) {
  return then ? durationText(Date.parse(now) - Date.parse(then)) : "—";
}

const STATUS_LEVELS = { ok: "good", degraded: "attention", stalled: "bad", starting: "attention" };

// Grey when all are well, marked when some are not.
function shareText({ total }, good) {
  const words = `${good} / ${total}`;
  return good < total ? chip("attention", words) : words;
}

function stateView(health) {
  const reasons = health.reasons.map((r) =>
    el("li", {}, text("reason." + r.code, { n: r.count ?? 0, o: r.object ?? "" })));
  const list = facts([
    [text("self_check"), chip(STATUS_LEVELS[health.status], text("status." + health.status))],
    [text("server"), text("server." + health.state)],
    [text("uptime"), since(health.now, health.started)],
    [text("since"), timeText(health.started)],
    [text("devices_good"), shareText(health.devices, health.devices.good)],
    [text("links_connected"), shareText(health.links, health.links.connected)],
    [text("samples"), countText(health.counters.samples)],
    [text("bad"), countText(health.counters.bad_samples)],
    [text("findings_total"), countText(health.counters.findings)],
  ]);
  return reasons.length ? [el("ul", { class: "reasons" }, ...reasons), list] : [list];
}

function excessText(finding) {
  if (finding.value === null || !(finding.threshold > 0)) return "—";
  if (finding.value < finding.threshold) return "—";
  return (finding.value / finding.threshold - 1).toFixed(2);
}

function findingsView(answer) {
  if (answer.findings.length === 0) return notice(text("none_findings"));
  const columns = [{ title: text("object") }, { title: text("kind") }, { title: text("factor") },
    { title: text("value"), kind: "number" }, { title: text("threshold"), kind: "number" },
    { title: text("excess"), kind: "number" }, { title: text("start"), kind: "time" },
    { title: text("lasting"), kind: "number" }];
  return table(columns, answer.findings.map((f) => [
    f.object,
    chip("bad", (f.priority ? `P${f.priority} ` : "") + text("kind." + f.kind)),
    factorText(f.factor), numberText(f.value), numberText(f.threshold), excessText(f),
    timeText(f.start), since(answer.now, f.start)]));
}

// What HJ 212's letter says of the period; N is not said.
const FLAG_LEVELS = { F: "attention", M: "attention", S: "attention", D: "bad", C: "attention",
  T: "attention", B: "bad" };

function flagChip(mean) {
  if (mean.flag && mean.flag !== "N") {
    return chip(FLAG_LEVELS[mean.flag] ?? "attention", `${mean.flag} ${text("flag." + mean.flag)}`);
  }
  if (mean.valid) return chip("good", mean.flag ? `N ${text("flag.N")}` : text("valid"));
  const counted = { good: mean.good, parts: mean.parts };
  return chip("attention", text(mean.good ? "too_few" : "no_data", counted));
}

// A dash where there is no value; its reason stands beside it in the column of the state.
function meanCells(factor, mean) {
  if (!mean) return ["—", "—", "—", chip("good", text("not_yet"))];
  const number = (n) => (n === null || n === undefined ? "—" : roundText(n, factor.digits));
  const amount = mean.cou === null || mean.cou === undefined ? "—"
    : `${roundText(mean.cou, 3)} ${unitText(factor.unit_amount)}`;
  return [number(mean.avg), number(mean.corrected), amount, flagChip(mean)];
}

function periodText(factors, key) {
  const told = factors.find((f) => f[key]);
  return told ? timeText(told[key].start).slice(0, key === "hour" ? 16 : 10) : "—";
}

function outletTable(factors, key) {
  const columns = [{ title: text("factor") }, { title: text("unit") },
    { title: text("measured"), kind: "number" }, { title: text("corrected"), kind: "number" },
    { title: text("amount"), kind: "number" }, { title: text("flag") }];
  return table(columns, factors.map((f) =>
    [factorNameText(f), unitText(f.unit), ...meanCells(f, f[key])]));
}

function outletView(o) {
  const name = o.name && o.name !== o.id ? `${o.name} ` : "";
  return el("div", { class: "outlet" },
    el("p", {}, el("strong", {}, name, el("code", {}, o.id)), " ",
      el("span", { class: "dim" }, text("means_from." + o.means_from))),
    ...["hour", "day"].flatMap((key) => [
      el("p", { class: "dim" }, `${text("mean." + key)} ${periodText(o.factors, key)}`),
      outletTable(o.factors, key)]));
}

function outletsView(answer) {
  const measured = answer.outlets.filter((o) => o.factors.length > 0);
  return measured.length ? measured.map(outletView) : [notice(text("none_outlets"))];
}

function signalRow(now, every, s) {
  const isOld = s.time && Date.parse(now) - Date.parse(s.time) > 2 * every + 1000;
  const hasName = s.name !== "";
  return [
    hasName ? el("span", {}, s.name, " ", el("code", {}, s.id)) : el("code", {}, s.id),
    el("span", { class: isOld ? "old" : false }, numberText(s.value)),
    unitText(s.unit),
    qualityChip(s.quality),
    since(now, s.time)];
}

function deviceCounts(device) {
  const names = ["requests", "timeouts", "exceptions", "late", "foreign", "length",
    "missed_cycles", "backoff_skips"];
  const shown = names.filter((name) => name === "requests" || device.counts[name] > 0);
  return el("p", { class: "counts" },
    shown.map((name) => `${text(name)} ${countText(device.counts[name])}`).join(" · "));
}

function deviceView(now, device, isOpen) {
  const columns = [{ title: text("signal") }, { title: text("reading"), kind: "number" },
    { title: text("unit") }, { title: text("quality") }, { title: text("age"), kind: "number" }];
  const summary = el("summary", {},
    el("strong", {}, device.id), " ", qualityChip(device.quality), " ",
    el("span", { class: "dim" },
      `${text("link")} ${device.link} · ${text("station")} ${device.unit} · ` +
      `${text("every")} ${durationText(device.every_ms)} · ` +
      `${text("last")} ${clockText(device.last)}`));
  return el("details", { class: "device", open: isOpen },
    summary,
    table(columns, device.signals.map((s) => signalRow(now, device.every_ms, s))),
    deviceCounts(device));
}

const OPEN_AT_MOST = 12;

function devicesView(answer) {
  if (answer.total === 0) return [notice(text("none_devices"))];
  const isOpen = answer.devices.length <= OPEN_AT_MOST;
  return answer.devices.map((d) => deviceView(answer.now, d, isOpen));
}

const TARGET_LEVELS = { ok: "good", behind: "attention", refused: "bad", unreachable: "bad" };

function targetsView(answer) {
  if (answer.total === 0) return notice(text("none_targets"));
  const columns = [{ title: text("id") }, { title: text("status") },
    { title: text("backlog"), kind: "number" }, { title: text("sent"), kind: "number" },
    { title: text("quarantined"), kind: "number" }, { title: text("last_ok"), kind: "time" },
    { title: text("last_error") }];
  return table(columns, answer.targets.map((t) => [
    t.id, chip(TARGET_LEVELS[t.state], text("target." + t.state)), countText(t.backlog_commits),
    countText(t.sent_lines), countText(t.quarantined), timeText(t.last_ok),
    t.last_error || text("none")]));
}

const LINK_LEVELS = { connected: "good", connecting: "attention", down: "bad" };

function linksView(answer) {
  if (answer.total === 0) return notice(text("none_links"));
  const columns = [{ title: text("id") }, { title: text("status") },
    { title: text("connects"), kind: "number" }, { title: text("disconnects"), kind: "number" },
    { title: text("bytes_in"), kind: "number" }, { title: text("bytes_out"), kind: "number" }];
  return table(columns, answer.links.map((l) => [
    l.id, chip(LINK_LEVELS[l.state], text("link." + l.state)), countText(l.connects),
    countText(l.disconnects), bytesText(l.bytes_in), bytesText(l.bytes_out)]));
}

// How complete the periods of a day are; a dash where none is expected.
function fullnessView(day) {
  if (day.expected === 0) return "—";
  const words = `${day.have} / ${day.expected}`;
  if (day.have === day.expected) return words;
  return chip(day.lost ? "bad" : "attention", words);
}

// Stations that report by HJ 212, with how complete today and yesterday are.
function stationsView(answer) {
  if (answer.total === 0) return [];
  const columns = [{ title: text("reporting_station") }, { title: text("mn") },
    { title: text("last_seen") }, { title: text("packets"), kind: "number" },
    { title: text("minutes_today") }, { title: text("hours_today") },
    { title: text("minutes_yesterday") }, { title: text("hours_yesterday") },
    { title: text("day_yesterday") }];
  return [notice(text("stations_complete")),
    table(columns, answer.stations.map((s) => [
      s.id, s.mn, s.last ? timeText(s.last) : text("never"), countText(s.packets),
      fullnessView(s.today.minute), fullnessView(s.today.hour), fullnessView(s.yesterday.minute),
      fullnessView(s.yesterday.hour), fullnessView(s.yesterday.day)]))];
}

// Stations that report though no device has their MN; nothing when there are none.
function unknownView(answer) {
  if (answer.total === 0) return [];
  const columns = [{ title: text("mn") }, { title: text("link") },
    { title: text("packets"), kind: "number" }, { title: text("set_aside"), kind: "number" },
    { title: text("first_seen") }, { title: text("last_seen") }];
  return [notice(text("unknown_stations", { n: answer.total })),
    table(columns, answer.unknown_stations.map((u) => [
      u.mn, u.link, countText(u.packets), countText(u.set_aside), timeText(u.first),
      timeText(u.last)]))];
}

function recordView(r) {
  const lines = r.raw_lines + r.derived_lines + r.journal_lines;
  const count = (n) => (n ? chip("bad", countText(n)) : "0");
  return facts([
    [text("last_seq"), countText(r.last_seq)],
    [text("lines"), countText(lines)],
    [text("lost"), count(r.lost_lines)],
    [text("commit_errors"), count(r.commit_errors)],
    [text("stored"), bytesText(r.bytes_stored)],
    [text("queue"), bytesText(r.queue_bytes)],
    [text("sync"), `${(r.sync_last_us / 1000).toFixed(1)} / ${(r.sync_max_us / 1000).toFixed(1)} ms`],
    [text("projected"), countText(r.projected_seq)],
    [text("torn"), bytesText(r.torn_bytes)],
    [text("head"), el("code", {}, r.head || "—"), "wide"],
  ]);
}
