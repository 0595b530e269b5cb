// The status page on the sample view: words, language, refresh, paging, a phone, contrast.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage, picture, startSample, waitForText } from "./browser.mjs";

let browser;
let sample;

before(async () => {
  browser = await openBrowser();
  sample = await startSample();
});

after(async () => {
  await browser.close();
  assert.equal(await sample.stop(), 0);
});

const wide = { locale: "zh-CN", viewport: { width: 1200, height: 900 } };

test("a Chinese browser gets the page in Chinese", async () => {
  const { context, page, complaints } = await openPage(browser, sample.url, wide);
  await waitForText(page, "#devices", "41.27");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  assert.equal(await page.innerText("h1"), "示范焦化厂");
  assert.equal(await page.title(), "示范焦化厂 · 运行状态页");
  assert.equal(await page.innerText("#zone"), "UTC+8");
  const finding = await page.innerText("#findings tbody tr");
  for (const words of ["DA001", "P2 超限", "二氧化硫 a21026", "41.27", "35", "0.18", "17 秒"]) {
    assert.ok(finding.includes(words), `${words} in: ${finding}`);
  }
  const devices = await page.innerText("#devices");
  for (const words of ["mg/m³", "℃", "超量程", "超时", "RTO 炉膛温度", "从站 2", "817.33"]) {
    assert.ok(devices.includes(words), words);
  }
  assert.ok((await page.innerText("#state")).includes("转发目标 county 无法连接"));
  assert.ok((await page.innerText("#state")).includes("2 / 4"));
  assert.ok((await page.innerText("#targets")).includes("2,401"));
  assert.ok((await page.innerText("#links")).includes("已断开"));
  assert.ok((await page.innerText("#record")).includes("aaaaaaaa"));
  await page.screenshot({ path: picture("status-zh"), fullPage: true });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a value that was not measured is a dash with its reason, never a zero", async () => {
  const { context, page } = await openPage(browser, sample.url, wide);
  await waitForText(page, "#devices", "meter-rto");
  const row = page.locator("details", { hasText: "meter-rto" }).locator("tbody tr").first();
  assert.deepEqual(await row.locator("td").allInnerTexts().then((t) => t.slice(0, 3)),
    ["—", "kW", "■ 超时"]);
  await context.close();
});

test("outlets show the last hour and day, rounded, and why a mean is missing", async () => {
  const { context, page, complaints } = await openPage(browser, sample.url, wide);
  await waitForText(page, "#outlets", "焦炉烟囱");
  const rows = page.locator("#outlets table").first().locator("tbody tr");
  const cells = (i) => rows.nth(i).locator("th, td").allInnerTexts();
  assert.deepEqual(await cells(0),
    ["二氧化硫 a21026", "mg/m³", "28.12", "35.16", "11.129 kg", "N 正常"]);
  assert.deepEqual(await cells(1),
    ["烟尘 a34013", "mg/m³", "—", "—", "—", "■ B 通讯中断"]);
  assert.deepEqual(await cells(2),
    ["氧气含量 a19001", "%", "8.02", "—", "—", "▲ 有效数据不足（40/60）"]);
  assert.deepEqual(await cells(3), ["废气 a00000", "m³/s", "—", "—", "—", "尚未生成"]);
  const words = await page.innerText("#outlets");
  assert.ok(words.includes("有效数据不足（19/24）"), words);
  assert.ok(words.includes("优先采用现场数采仪上报的均值"), words);
  await page.click("#language");
  await waitForText(page, "#outlets", "no link");
  assert.deepEqual(await cells(0),
    ["sulfur dioxide a21026", "mg/m³", "28.12", "35.16", "11.129 kg", "N normal"]);
  await page.locator("#outlets").screenshot({ path: picture("outlets-en") });
  await page.click("#language");
  await waitForText(page, "#outlets", "通讯中断");
  await page.locator("#outlets").screenshot({ path: picture("outlets-zh") });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the language switch is kept for the next visit", async () => {
  const { context, page } = await openPage(browser, sample.url, { ...wide, locale: "en-GB" });
  await waitForText(page, "#devices", "over range");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.screenshot({ path: picture("status-en"), fullPage: true });
  await page.click("#language");
  await waitForText(page, "#devices", "超量程");
  assert.equal(await page.innerText("#h-devices"), "设备与实时数据");
  await page.reload();
  await waitForText(page, "#devices", "超量程");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await context.close();
});

test("values refresh by themselves and a closed device stays closed", async () => {
  const { context, page } = await openPage(browser, sample.url, wide);
  await waitForText(page, "#devices", "cems-1");
  const device = page.locator("details").first();
  assert.equal(await device.getAttribute("open"), "");
  await device.locator("summary").click();
  const clock = await page.innerText("#now");
  await page.waitForFunction((old) => document.querySelector("#now").innerText !== old, clock);
  assert.equal(await device.getAttribute("open"), null);
  await context.close();
});

test("on a phone nothing stands outside of the screen", async () => {
  const { context, page } = await openPage(browser, sample.url,
    { locale: "zh-CN", viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 });
  await waitForText(page, "#devices", "41.27");
  await page.screenshot({ path: picture("status-phone"), fullPage: true });
  const outside = await page.evaluate(() => [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.tagName} ${e.innerText}`));
  assert.deepEqual(outside, []);
  await context.close();
});

// WCAG 2.1, 1.4.3: 4.5 to 1.
function lowContrast() {
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = c.map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = rgb(getComputedStyle(at).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.offsetParent)
    .map((e) => {
      const [a, b] = [light(rgb(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.innerText];
    })
    .filter(([ratio]) => ratio < 4.5);
}

test("text stands out from its ground", async () => {
  const { context, page } = await openPage(browser, sample.url, wide);
  await waitForText(page, "#devices", "41.27");
  assert.deepEqual(await page.evaluate(lowContrast), []);
  await context.close();
});

test("many devices come page by page", async () => {
  const many = await startSample("many");
  const { context, page, complaints } = await openPage(browser, many.url, wide);
  await waitForText(page, "#page", "第 1–50 台，共 130 台");
  assert.equal(await page.locator("details").count(), 50);
  await page.click("#next");
  await waitForText(page, "#page", "第 51–100 台");
  await page.click("#next");
  await waitForText(page, "#devices", "device-129");
  assert.equal(await page.locator("details").count(), 30);
  assert.equal(await page.isDisabled("#next"), true);
  assert.deepEqual(complaints, []);
  await context.close();
  assert.equal(await many.stop(), 0);
});

test("a plant without anything says so", async () => {
  const empty = await startSample("empty");
  const { context, page, complaints } = await openPage(browser, empty.url, wide);
  await waitForText(page, "#devices", "未配置设备");
  await waitForText(page, "#targets", "数据仅保存在本地");
  assert.deepEqual(complaints, []);
  await context.close();
  assert.equal(await empty.stop(), 0);
});

test("when the server goes away the page says so and keeps what it had", async () => {
  const gone = await startSample();
  const { context, page } = await openPage(browser, gone.url, wide);
  await waitForText(page, "#devices", "41.27");
  assert.equal(await gone.stop(), 0);
  await waitForText(page, "#connection", "与服务器的连接已断开");
  assert.ok((await page.innerText("#devices")).includes("41.27"));
  await page.screenshot({ path: picture("status-disconnected") });
  await context.close();
});
