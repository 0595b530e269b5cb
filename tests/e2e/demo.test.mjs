// The demo plant as scripts/run shows it: simulator, server, page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { firstLine, openBrowser, openPage, picture, waitForText } from "./browser.mjs";

const PROGRAM = path.join(process.env.PW_BUILD, "plumewatch");
const SOURCE = process.env.PW_SOURCE_DIR;
const PORTS = ["15020", "15021", "15022", "19212"];

let browser;
let folder;
let simulator;
let server;
let url;

function freePort() {
  return new Promise((resolve) => {
    const listener = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(String(port)));
    });
  });
}

// A copy of an example with the demo's ports replaced by free ones.
function copyExample(name, ports) {
  let text = fs.readFileSync(path.join(SOURCE, "config/examples", name), "utf8");
  ports.forEach((port, i) => { text = text.replaceAll(PORTS[i], port); });
  const copy = path.join(folder, name);
  fs.writeFileSync(copy, text);
  return copy;
}

function ended(child) {
  return new Promise((resolve) => child.once("exit", resolve));
}

function startServer(config) {
  const child = spawn(PROGRAM, ["run", "--config", config, "--data", path.join(folder, "data"),
    "--listen", "127.0.0.1:0", "--web", path.join(SOURCE, "acq/web")],
    { stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (piece) => {
      log += piece;
      const found = log.match(/\bport=(\d+)\n/);
      if (found) resolve([child, `http://127.0.0.1:${found[1]}/`]);
    });
    child.once("exit", () => reject(new Error(log)));
  });
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "plumewatch-e2e-"));
  const ports = await Promise.all(PORTS.map(freePort));
  const plan = copyExample("demo.sim.json", ports);
  copyExample("demo.pw", []);
  simulator = spawn(PROGRAM, ["sim", "--plan", plan], { stdio: ["ignore", "pipe", "inherit"] });
  await firstLine(simulator, "slaves");
  [server, url] = await startServer(copyExample("demo.json", ports));
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  simulator?.kill();
  server?.kill();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("the demo plant is seen as it runs, then its devices fall silent", async () => {
  const { page, complaints } = await openPage(browser, url,
    { locale: "zh-CN", viewport: { width: 1200, height: 900 } });
  await waitForText(page, "#devices", "RTO 炉膛温度");
  assert.equal(await page.innerText("h1"), "示范焦化厂");
  await page.waitForFunction(() => Number(
    document.querySelector("#record dd").innerText.replaceAll(",", "")) > 3);
  // Sulphur dioxide is above its limit from second 5 to 15 of every 40.
  await page.waitForFunction(() => document.querySelector("#findings tbody")?.innerText
    .includes("二氧化硫"), undefined, { timeout: 60000 });
  await page.screenshot({ path: picture("demo-zh"), fullPage: true });

  const gone = ended(simulator);
  simulator.kill();
  assert.equal(await gone, 0);
  await page.waitForFunction(() => document.querySelector("#links").innerText
    .match(/已断开|连接中/g)?.length === 4, undefined, { timeout: 30000 });
  await page.waitForFunction(() => document.querySelector("#state").innerText.includes("0 / 6"),
    undefined, { timeout: 30000 });
  const values = await page.locator("#devices td:nth-child(2)").allInnerTexts();
  assert.deepEqual([...new Set(values)], ["—"]);
  await page.screenshot({ path: picture("demo-silent"), fullPage: true });
  assert.deepEqual(complaints, []);

  const stopped = ended(server);
  server.kill("SIGTERM");
  assert.equal(await stopped, 0);
});
