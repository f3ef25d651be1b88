// Goal: the page opens without a network in a real browser, says nothing on its console, asks for nothing, is readable in light and in
// dark, and runs nothing that a document smuggles in. Method: headless Chromium, if this machine has one; otherwise each test says that
// it was skipped.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { chromium, type Browser, type Page } from 'playwright-core';
import { htmlPage } from '../../lib/report/page/page.js';
import { junitXml } from '../../lib/report/verify/junit.js';
import type { RunDocument } from '../../lib/report/run/document.js';
import { DocumentFolder } from '../report/documentFolder.js';
import { HELD, REPRODUCED, VIOLATED, documentOf, rowOf } from '../report/run/madeUpRun.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((directory) => NAMES.map((name) => join(directory, name)))
  .find((path) => existsSync(path));

const folder = new DocumentFolder();
let browser: Browser | undefined;
let reason = `no ${NAMES.join(', ')} on this machine`;
test.before(async () => {
  if (executablePath === undefined) return;
  try {
    // The sandbox does not work for root, and the page is our own.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  } catch (error) {
    // Some systems have a program of that name that only says where to get the browser.
    reason = `${executablePath} does not start: ${(error as Error).message.split('\n')[0]}`;
  }
});
test.after.always(async () => {
  await browser?.close();
});

/** A test that needs a browser, and says so where there is none. */
function browserTest(title: string, run: (t: ExecutionContext, chromiumBrowser: Browser) => Promise<void>): void {
  test.serial(title, async (t) => {
    if (browser !== undefined) return run(t, browser);
    t.log(`skipped: ${reason}`);
    t.pass();
  });
}

const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script></pre></style><!--';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80" onload="alert(3)"><script>alert(4)</script>
  <image href="http://127.0.0.1:9/x.png" width="9" height="9"/><rect width="300" height="80" fill="teal"/></svg>`;

const HOSTILE_RUN: RunDocument = {
  ...REPRODUCED,
  race: HOSTILE,
  variant: HOSTILE,
  knobs: { [HOSTILE]: HOSTILE },
  reports: { 'oops-0003': [HOSTILE, 'x'.repeat(5000)] },
  evidence: [{ signature: 'oops-0003', file: HOSTILE, timeline: [HOSTILE], timelineSvg: SVG }],
};

const PAGE = folder.put(
  'page.html',
  htmlPage([
    { name: 'runs.json', document: { schema: 'racehammer.runs/1', runs: [HOSTILE_RUN, HELD] } },
    { name: HOSTILE, document: documentOf([rowOf('one', VIOLATED), rowOf(HOSTILE, HELD)]) },
  ]),
);

/** The page, and everything that it did meanwhile that a page of text should not do. */
async function open(
  on: Browser,
  colorScheme: 'light' | 'dark',
  width: number,
): Promise<{ page: Page; deeds: string[] }> {
  const page = await on.newPage({ colorScheme, viewport: { width, height: 900 } });
  const deeds: string[] = [];
  page.on('console', (message) => deeds.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => deeds.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    deeds.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('request', (request) => deeds.push(request.url()));
  await page.goto(pathToFileURL(PAGE).href, { waitUntil: 'load' });
  await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
  return { page, deeds: deeds.filter((deed) => !deed.startsWith('data:') && deed !== pathToFileURL(PAGE).href) };
}

/** Texts whose contrast to what lies behind them is less than WCAG AA asks for. Runs in the page. */
const LOW_CONTRAST = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3)
    .map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    const color = parse(getComputedStyle(node).backgroundColor);
    return color.length === 4 && color[3] === 0 ? ground(node.parentElement) : color;
  };
  const low = [];
  let seen = 0;
  for (const node of document.body.querySelectorAll('*')) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '')) continue;
    if (node.closest('title')) continue;
    const style = getComputedStyle(node);
    const own = light(parse(node.closest('svg') ? style.fill : style.color));
    const behind = light(ground(node));
    const contrast = (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05);
    seen++;
    if (contrast < 4.5) low.push(node.tagName + '.' + node.getAttribute('class') + ' ' + contrast.toFixed(2));
  }
  return { seen, low: [...new Set(low)] };
})()`;

for (const scheme of ['light', 'dark'] as const) {
  browserTest(`in ${scheme}: quiet, alone, and readable`, async (t, on) => {
    const { page, deeds } = await open(on, scheme, 1200);
    t.deepEqual(deeds, []);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    t.is(ground, scheme === 'light' ? 'rgb(246, 247, 248)' : 'rgb(16, 19, 22)');
    const { seen, low } = (await page.evaluate(LOW_CONTRAST)) as { seen: number; low: string[] };
    t.deepEqual(low, []);
    t.true(seen > 100);
    await page.close();
  });
}

browserTest('hostile text is text, and the picture is shown', async (t, on) => {
  const { page } = await open(on, 'light', 1200);
  t.is(await page.locator('h2').nth(1).textContent(), `${HOSTILE}:${HOSTILE}`);
  t.is(await page.evaluate('document.querySelectorAll("script, img[src=x]").length'), 0);
  t.is(await page.evaluate('document.querySelector(".timeline img").naturalWidth'), 300);
  t.is(await page.evaluate('document.compatMode'), 'CSS1Compat');
  await page.close();
});

browserTest('a link in the table unfolds its row', async (t, on) => {
  const { page } = await open(on, 'light', 1200);
  await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = false))');
  await page.locator('main table a').last().click();
  t.true(await page.evaluate('document.querySelector("details.card").open'));
  await page.close();
});

browserTest('nothing is wider than a narrow screen', async (t, on) => {
  for (const width of [1200, 360]) {
    const { page } = await open(on, 'light', width);
    t.is(await page.evaluate('document.documentElement.scrollWidth'), width);
    await page.close();
  }
});

browserTest('the JUnit file is well-formed to a parser of XML', async (t, on) => {
  const page = await on.newPage();
  const xml = junitXml(
    documentOf([rowOf(HOSTILE, { ...VIOLATED, race: HOSTILE, reports: { a: [`${HOSTILE}]]>\u0000`] } })]),
  );
  const parse = `(xml) => {
    const parsed = new DOMParser().parseFromString(xml, 'application/xml');
    return [parsed.querySelectorAll('parsererror').length, parsed.querySelector('testcase').getAttribute('name')];
  }`;
  t.deepEqual(await page.evaluate(`(${parse})(${JSON.stringify(xml)})`), [0, HOSTILE]);
  await page.close();
});
