"use strict";
// Every word of the page, in both languages. The server sends codes, never sentences.

const TEXTS = {
  zh: {
    state: "运行状态", findings: "当前问题", devices: "设备与实时数据", targets: "数据转发",
    links: "通信链路", record: "本地存档", previous: "上一页", next: "下一页", metrics: "运行指标",
    other: "English", title: "运行状态页",

    connected: "已连接", disconnected: "与服务器的连接已断开，以下为断开前的数据",
    starting: "服务器正在启动，请稍候",

    "status.ok": "正常", "status.degraded": "需要关注", "status.stalled": "数据停滞",
    "status.starting": "正在启动",
    "server.starting": "启动中", "server.running": "运行中", "server.stopping": "停止中",
    server: "服务器", since: "启动时间", uptime: "已运行", samples: "采样数", bad: "其中无效",
    readings: "读数次数", findings_total: "累计发现问题", reasons: "原因", devices_good: "设备正常",
    links_connected: "链路连通", self_check: "系统自检",

    "reason.loop-stalled": "采集停滞：已 {n} 秒没有新数据",
    "reason.record-commit-errors": "存档写入失败 {n} 次，请检查磁盘",
    "reason.record-lost-lines": "存档丢失 {n} 行数据",
    "reason.target-refused": "转发目标 {o} 拒绝接收",
    "reason.target-unreachable": "转发目标 {o} 无法连接",

    outlets: "排放口均值", none_outlets: "未配置排放口监测因子。", measured: "实测均值",
    corrected: "折算均值", amount: "排放量", flag: "数据标记", valid: "有效",
    "mean.hour": "最近小时均值，起始", "mean.day": "最近日均值，起始", not_yet: "尚未生成",
    too_few: "有效数据不足（{good}/{parts}）", no_data: "无有效数据（0/{parts}）",
    "means_from.own": "采用本机计算的均值", "means_from.station": "采用现场数采仪上报的均值",
    "means_from.station-else-own": "优先采用现场数采仪上报的均值，缺失时采用本机计算值",
    "flag.N": "正常", "flag.F": "停运", "flag.M": "维护", "flag.S": "手工输入", "flag.D": "故障",
    "flag.C": "校准", "flag.T": "超测量上限", "flag.B": "通讯中断",
    none_findings: "当前没有未结束的问题。", none_devices: "未配置设备。",
    none_targets: "未配置转发目标，数据仅保存在本地。", none_links: "未配置通信链路。",
    unknown_stations: "有 {n} 个未登记的站点正在上报，数据已暂存，登记后入库：", mn: "MN 编码",
    reporting_station: "站点", minutes_today: "今日分钟数据", hours_today: "今日小时数据",
    minutes_yesterday: "昨日分钟数据", hours_yesterday: "昨日小时数据", day_yesterday: "昨日日数据",
    stations_complete: "上报站点的数据完整性（已收 / 应收，缺失时段自动补取）：",
    packets: "收到报文", set_aside: "暂存报文", first_seen: "首次上报", last_seen: "最近上报",

    kind: "类别", object: "对象", factor: "监测因子", start: "开始时间", lasting: "已持续",
    value: "触发值", threshold: "限值", priority: "级别", excess: "超标倍数",
    "kind.limit": "超限", "kind.limit-forecast": "预计超限", "kind.total": "总量",
    "kind.bypass": "旁路开启", "kind.bypass-unwatched": "旁路失去监控",
    "kind.bypass-standby": "备用处置未运行", "kind.integrity": "数据疑似异常", "kind.system": "系统",

    signal: "测点", reading: "实时值", quality: "数据质量", age: "距今", unit: "单位",
    link: "链路", station: "从站", every: "周期", last: "最近读数",
    requests: "请求", timeouts: "超时", exceptions: "异常应答", late: "迟到", foreign: "错位应答",
    length: "长度错误", missed_cycles: "错过周期", backoff_skips: "退避跳过", never: "尚无读数",

    id: "名称", status: "状态", backlog: "待转发批次", sent: "已送达行数", quarantined: "隔离行数",
    partial: "部分写入", last_ok: "最近成功", last_error: "最近错误", none: "无",
    "target.ok": "正常", "target.behind": "补传中", "target.refused": "被拒绝",
    "target.unreachable": "无法连接",
    "link.connected": "已连接", "link.connecting": "连接中", "link.down": "已断开",
    connects: "建立连接", disconnects: "断开次数", bytes_in: "接收", bytes_out: "发送",

    last_seq: "已落盘批次", head: "校验链摘要（SM3）", lines: "已存行数", stored: "压缩后占用",
    lost: "丢失行数", commit_errors: "写入失败", sync: "落盘耗时（最近 / 最长）",
    queue: "等待写入", projected: "索引进度", torn: "启动时截除的残尾",

    "q.good": "有效", "q.held": "保持值", "q.clock-untrusted": "时钟未校准",
    "q.over-range": "超量程", "q.under-range": "低于量程", "q.calibrating": "校准中",
    "q.maintenance": "维护中", "q.fault": "仪器故障", "q.blow-back": "反吹中",
    "q.standby": "待机", "q.power-fault": "供电故障", "q.manual": "人工值", "q.flag": "站点标记",
    "q.timeout": "超时", "q.exception": "异常码", "q.crc": "CRC 错误", "q.length": "长度错误",
    "q.foreign": "应答错位", "q.refused": "连接被拒绝", "q.link": "链路断开", "q.busy": "总线繁忙",
    "q.no-value": "无数据", "q.wire-break": "断线", "q.not-a-number": "非数值",

    seconds: "{n} 秒", minutes: "{n} 分 {m} 秒", hours: "{n} 小时 {m} 分", days: "{n} 天 {m} 小时",
    page_of: "第 {a}–{b} 台，共 {n} 台",
    "f.a21026": "二氧化硫", "f.a21002": "氮氧化物", "f.a34013": "颗粒物（烟尘）",
    "f.a21005": "一氧化碳", "f.a19001": "氧含量", "f.a01011": "烟气流速", "f.a01012": "烟气温度",
    "f.a01013": "烟气压力", "f.a01014": "烟气湿度", "f.a24088": "非甲烷总烃",
  },
  en: {
    state: "State", findings: "Open findings", devices: "Devices and live values",
    targets: "Delivery", links: "Links", record: "Local record", previous: "Previous",
    next: "Next", metrics: "Metrics", other: "中文", title: "status",

    connected: "connected", disconnected: "No connection to the server; shown is what it said last",
    starting: "The server is starting",

    "status.ok": "Good", "status.degraded": "Needs attention", "status.stalled": "Stalled",
    "status.starting": "Starting",
    "server.starting": "starting", "server.running": "running", "server.stopping": "stopping",
    server: "Server", since: "Started", uptime: "Up for", samples: "Samples", bad: "of them bad",
    readings: "Readings", findings_total: "Findings so far", reasons: "Why",
    devices_good: "Devices good", links_connected: "Links connected", self_check: "Self-check",

    "reason.loop-stalled": "Acquisition stalled: nothing new for {n} s",
    "reason.record-commit-errors": "{n} commits to the record failed; check the disk",
    "reason.record-lost-lines": "{n} lines were lost for the record",
    "reason.target-refused": "Target {o} refuses what is sent",
    "reason.target-unreachable": "Target {o} cannot be reached",

    outlets: "Means of the outlets", none_outlets: "No outlet measures anything.",
    measured: "Measured", corrected: "Corrected", amount: "Amount", flag: "State", valid: "valid",
    "mean.hour": "Last hour, from", "mean.day": "Last day, from", not_yet: "not told yet",
    too_few: "too few valid ({good}/{parts})", no_data: "no valid data (0/{parts})",
    "means_from.own": "means computed here", "means_from.station": "the station's own means",
    "means_from.station-else-own": "the station's own means, else those computed here",
    "flag.N": "normal", "flag.F": "stopped", "flag.M": "maintenance", "flag.S": "set by hand",
    "flag.D": "fault", "flag.C": "calibrating", "flag.T": "above range", "flag.B": "no link",
    none_findings: "No finding is open.", none_devices: "No device is configured.",
    none_targets: "No target is configured; data stay in the local record.",
    none_links: "No link is configured.",
    unknown_stations: "{n} stations report that are no device; their packets are set aside until one is:",
    reporting_station: "Station", minutes_today: "Minutes today", hours_today: "Hours today",
    minutes_yesterday: "Minutes yesterday", hours_yesterday: "Hours yesterday",
    day_yesterday: "Day yesterday",
    stations_complete: "How complete the stations' data are (there / expected; what is missing is asked for):",
    mn: "MN", packets: "Packets", set_aside: "Set aside", first_seen: "First seen",
    last_seen: "Last seen",

    kind: "Kind", object: "Object", factor: "Factor", start: "Since", lasting: "For",
    value: "Value", threshold: "Limit", priority: "Priority", excess: "Excess",
    "kind.limit": "Above limit", "kind.limit-forecast": "Above limit expected",
    "kind.total": "Total", "kind.bypass": "Bypass open",
    "kind.bypass-unwatched": "Bypass not watched", "kind.bypass-standby": "Standby not running",
    "kind.integrity": "Integrity hint", "kind.system": "System",

    signal: "Signal", reading: "Value", quality: "Quality", age: "Age", unit: "Unit",
    link: "link", station: "unit", every: "every", last: "last reading",
    requests: "requests", timeouts: "timeouts", exceptions: "exceptions", late: "late",
    foreign: "foreign", length: "wrong length", missed_cycles: "missed cycles",
    backoff_skips: "back-off skips", never: "no reading yet",

    id: "Name", status: "State", backlog: "Commits waiting", sent: "Lines delivered",
    quarantined: "Quarantined", partial: "Partial writes", last_ok: "Last success",
    last_error: "Last error", none: "none",
    "target.ok": "good", "target.behind": "catching up", "target.refused": "refused",
    "target.unreachable": "unreachable",
    "link.connected": "connected", "link.connecting": "connecting", "link.down": "down",
    connects: "Connects", disconnects: "Disconnects", bytes_in: "Received", bytes_out: "Sent",

    last_seq: "Durable commits", head: "Chain head (SM3)", lines: "Lines kept",
    stored: "Size compressed", lost: "Lost lines", commit_errors: "Failed commits",
    sync: "Sync time (last / longest)", queue: "Waiting", projected: "Index is at",
    torn: "Torn tail cut at start",

    "q.good": "good", "q.held": "held", "q.clock-untrusted": "clock untrusted",
    "q.over-range": "over range", "q.under-range": "under range", "q.calibrating": "calibrating",
    "q.maintenance": "maintenance", "q.fault": "fault", "q.blow-back": "blow-back",
    "q.standby": "standby", "q.power-fault": "power fault", "q.manual": "manual",
    "q.flag": "station flag", "q.timeout": "timeout", "q.exception": "exception",
    "q.crc": "CRC error", "q.length": "wrong length", "q.foreign": "foreign reply",
    "q.refused": "refused", "q.link": "link down", "q.busy": "busy", "q.no-value": "no value",
    "q.wire-break": "wire break", "q.not-a-number": "not a number",

    seconds: "{n} s", minutes: "{n} min {m} s", hours: "{n} h {m} min", days: "{n} d {m} h",
    page_of: "{a}–{b} of {n}",
    "f.a21026": "sulphur dioxide", "f.a21002": "nitrogen oxides", "f.a34013": "particulates",
    "f.a21005": "carbon monoxide", "f.a19001": "oxygen", "f.a01011": "flue gas velocity",
    "f.a01012": "flue gas temperature", "f.a01013": "flue gas pressure",
    "f.a01014": "flue gas moisture", "f.a24088": "non-methane hydrocarbons",
  },
};

const UNITS = { "mg/m3": "mg/m³", "ng/m3": "ng/m³", "m3/h": "m³/h", "m3/s": "m³/s", m3: "m³", degC: "℃" };

let language = firstLanguage();

function firstLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked in TEXTS) return asked;
  try {
    const kept = localStorage.getItem("language");
    if (kept in TEXTS) return kept;
  } catch { /* storage is forbidden: the browser's language decides */ }
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function keepLanguage(next) {
  language = next;
  try {
    localStorage.setItem("language", next);
  } catch { /* not kept for the next visit */ }
}

// The text of a key with {name} filled in; a code without a text is shown as it is.
function text(key, values = {}) {
  const found = TEXTS[language][key] ?? key.replace(/^\w+\./, "");
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

function unitText(unit) {
  return UNITS[unit] ?? unit;
}

function factorText(code) {
  const name = TEXTS[language]["f." + code];
  return name ? `${name} ${code}` : code || "—";
}

// A factor as the API names it: the standard's name in the language of the page, and the code.
function factorNameText(f) {
  const name = (language === "zh" ? f.name_zh : f.name_en) || TEXTS[language]["f." + f.factor];
  return name ? `${name} ${f.factor}` : f.factor;
}

// Half to even on the decimal digits (GB/T 8170), as the server rounds for platforms.
function roundText(n, digits) {
  const scaled = Math.abs(n).toString();
  if (scaled.includes("e")) return n.toFixed(digits);
  const [whole, fraction = ""] = scaled.split(".");
  const kept = whole + fraction.slice(0, digits).padEnd(digits, "0");
  const rest = fraction.slice(digits);
  const isHalf = /^50*$/.test(rest);
  const isUp = isHalf ? Number(kept.at(-1)) % 2 === 1 : rest !== "" && rest[0] >= "5";
  const all = (BigInt(kept) + (isUp ? 1n : 0n)).toString().padStart(digits + 1, "0");
  const sign = n < 0 && /[1-9]/.test(all) ? "-" : "";
  const point = all.length - digits;
  return sign + all.slice(0, point) + (digits ? "." + all.slice(point) : "");
}

// "exception-2" is "异常码 2": words that carry a parameter are translated without it.
function qualityText(word) {
  const split = word.match(/^(exception|flag)-(.+)$/);
  return split ? `${text("q." + split[1])} ${split[2]}` : text("q." + word);
}

function durationText(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return text("seconds", { n: s });
  if (s < 3600) return text("minutes", { n: Math.floor(s / 60), m: s % 60 });
  if (s < 86400) return text("hours", { n: Math.floor(s / 3600), m: Math.floor(s / 60) % 60 });
  return text("days", { n: Math.floor(s / 86400), m: Math.floor(s / 3600) % 24 });
}

// The server writes the plant's own time with its offset; it is shown as written.
function timeText(iso) {
  return iso ? iso.slice(0, 10) + " " + iso.slice(11, 19) : "—";
}

function clockText(iso) {
  return iso ? iso.slice(11, 19) : "—";
}

function zoneText(minutes) {
  const sign = minutes < 0 ? "−" : "+";
  const all = Math.abs(minutes);
  const rest = all % 60 ? ":" + String(all % 60).padStart(2, "0") : "";
  return `UTC${sign}${Math.floor(all / 60)}${rest}`;
}

function countText(n) {
  return n.toLocaleString("en-US");
}

function bytesText(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return (i ? n.toFixed(1) : String(n)) + " " + units[i];
}

// Nine digits at most, as the server keeps them; a 32-bit float's tail is not shown.
function numberText(n) {
  if (n === null) return "—";
  return String(Number(n.toPrecision(Math.abs(n) >= 1e5 ? 9 : 6)));
}
