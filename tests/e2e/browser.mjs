// Chromium and the servers that the tests look at.
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { chromium } from "playwright-core";

const BUILD = process.env.PW_BUILD;
const SOURCE = process.env.PW_SOURCE_DIR;

export function picture(name) {
  return path.join(BUILD, "e2e", name + ".png");
}

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

// The first line on stdout that is JSON with that key.
export async function firstLine(child, key) {
  for await (const line of readline.createInterface({ input: child.stdout })) {
    try {
      const said = JSON.parse(line);
      if (key in said) return said;
    } catch { /* not the line that is waited for */ }
  }
  throw new Error(`ended without saying ${key}`);
}

export async function startSample(kind = "") {
  const child = spawn(path.join(BUILD, "serve_sample"), [path.join(SOURCE, "acq/web"), kind],
    { stdio: ["pipe", "pipe", "inherit"] });
  const { port } = await firstLine(child, "port");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    url: `http://127.0.0.1:${port}/`,
    // Resolves to the exit status, so that what a sanitizer found fails the test.
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

// A page that keeps account of what must not happen: errors, and requests that leave the server.
export async function openPage(browser, url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push("request to " + request.url());
  });
  await page.goto(url);
  return { context, page, complaints };
}

export async function waitForText(page, selector, words) {
  await page.waitForFunction(
    ([where, what]) => document.querySelector(where)?.innerText.includes(what), [selector, words],
    { timeout: 10000 });
}
