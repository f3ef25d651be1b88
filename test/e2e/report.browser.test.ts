// Goal: the page opens without a network in a real browser, says nothing on its console, asks for nothing, is readable in light and in
// dark, and runs nothing that a document smuggles in. Method: headless Chromium, if this machine has one; otherwise each test says that
// it was skipped.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ManyRows } from '../../lib/bench/page/manyRows.js';
import { LivePage } from '../../lib/cli/page/livePage.js';
import { StoreLooks } from '../../lib/cli/page/storeLooks.js';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { htmlPage } from '../../lib/report/page/page.js';
import { junitXml } from '../../lib/report/verify/junit.js';
import type { RunDocument } from '../../lib/report/run/document.js';
import { windowRace } from '../evidence/madeUpEvidence.js';
import { folder as soakFolder } from '../soak/rows.js';
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

async function lowContrastOf(page: Page): Promise<{ readonly seen: number; readonly low: readonly string[] }> {
  return (await page.evaluate(LOW_CONTRAST)) as { seen: number; low: string[] };
}

for (const scheme of ['light', 'dark'] as const) {
  browserTest(`in ${scheme}: quiet, alone, and readable`, async (t, on) => {
    const { page, deeds } = await open(on, scheme, 1200);
    t.deepEqual(deeds, []);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    t.is(ground, scheme === 'light' ? 'rgb(246, 247, 248)' : 'rgb(16, 19, 22)');
    const { seen, low } = await lowContrastOf(page);
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
    HOSTILE,
  );
  const parse = `(xml) => {
    const parsed = new DOMParser().parseFromString(xml, 'application/xml');
    return [parsed.querySelectorAll('parsererror').length, parsed.querySelector('testcase').getAttribute('name')];
  }`;
  t.deepEqual(await page.evaluate(`(${parse})(${JSON.stringify(xml)})`), [0, HOSTILE]);
  await page.close();
});

/** A live page of 200 rows, whose store the test writes. */
async function liveStage(t: ExecutionContext): Promise<{ readonly many: ManyRows; readonly url: string }> {
  const many = await ManyRows.create(join(soakFolder(t), 's.db'), 200, 4);
  const signature = windowRace().signature;
  many.evidence(39, { signature, report: 'Oops: 0003', file: Buffer.from(encodeEvidence(windowRace())) });
  const live = new LivePage(() => '');
  const url = await live.listen('0');
  live.begin(new StoreLooks(many.store, undefined, { leastMs: 50, times: 1 }));
  t.teardown(async () => {
    await live.close('over');
    many.end();
  });
  return { many, url };
}

/** The names of the rows that are seen, from above. */
const SEEN = `[...document.querySelectorAll('#s1-rows tr')].filter((row) => row.checkVisibility())
  .map((row) => Number(/number (\\d+)/.exec(row.textContent)?.[1] ?? 0))`;

browserTest(
  'a live page of 200 rows: sorted, chosen, found, and brought up to date without a reload',
  async (t, on) => {
    const { many, url } = await liveStage(t);
    const page = await on.newPage({ viewport: { width: 1200, height: 900 } });
    const deeds: string[] = [];
    page.on('console', (message) => deeds.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => deeds.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) deeds.push(request.url());
    });
    await page.goto(url);
    await page.locator('#live', { hasText: 'Live.' }).waitFor();
    t.true(Number(await page.evaluate('document.documentElement.scrollHeight')) < 15_000);
    const seen = async (): Promise<number[]> => (await page.evaluate(SEEN)) as number[];
    t.deepEqual((await seen()).slice(0, 7), [39, 79, 119, 159, 199, 0, 1], 'what is not as expected is first');

    await page.getByRole('button', { name: 'trials', exact: true }).click();
    const trials = (await page.evaluate(
      "[...document.querySelectorAll('#s1-rows tr')].map((row) => Number(row.dataset.trials))",
    )) as number[];
    const falling = trials.toSorted((a, b) => b - a);
    t.deepEqual(trials, falling);
    t.is(await page.locator('th[aria-sort=descending]').textContent(), 'trials');
    await page.getByRole('button', { name: 'row', exact: true }).press('Enter');
    t.deepEqual((await seen()).slice(0, 3), [1, 10, 100]);

    await page.getByLabel('not as expected').check();
    t.deepEqual(
      (await seen()).toSorted((a, b) => a - b),
      [39, 79, 119, 159, 199],
    );
    await page.getByLabel('all', { exact: false }).first().check();
    await page.getByLabel('Find rows').fill('number 77');
    t.deepEqual(await seen(), [77]);
    t.is(await page.locator('.finder output').textContent(), '1 of 200 rows');
    await page.getByLabel('Find rows').fill('');

    // What comes now is shown without a reload: this mark would not survive one.
    await page.evaluate('window.mark = 1');
    many.store.event('host', 'seen by all');
    await page.locator('#s1-events tr', { hasText: 'host: seen by all' }).waitFor();
    const link = page.locator(`#s1-line-${many.ids[50]} a`);
    const before = await page.locator(`#s1-line-${many.ids[50]}`).getAttribute('data-trials');
    await link.focus();
    many.interval(50);
    await page.locator(`#s1-line-${many.ids[50]}:not([data-trials="${before}"])`).waitFor();
    t.is(
      await page.evaluate('document.activeElement.getAttribute("href")'),
      `#s1-${many.ids[50]}`,
      'the focus stays where it was',
    );
    t.is(await page.evaluate('window.mark'), 1);

    await page.locator(`#s1-line-${many.ids[39]} a`).click();
    const picture = page.locator(`#s1-${many.ids[39]} .timeline img`);
    await page.locator(`#s1-${many.ids[39]} summary`, { hasText: 'kept' }).click();
    await picture.scrollIntoViewIfNeeded();
    const decoded =
      "document.querySelector('.row-body .timeline img').decode().then(() => document.querySelector('.row-body .timeline img').naturalWidth)";
    t.true(Number(await page.evaluate(decoded)) > 300);
    await page.locator(`#s1-line-${many.ids[120]} a`).press('Enter');
    await page.locator(`#s1-${many.ids[120]} pre`, { hasText: 'xen-pin:pte-lock' }).waitFor();
    t.true(await page.locator(`#s1-${many.ids[120]}`).isVisible(), 'a folded row is loaded and unfolded by its link');
    t.deepEqual(deeds, []);
    await page.close();
  },
);

browserTest(
  'a live page of 200 rows is usable at 400 px, readable in both schemes, and is not too long',
  async (t, on) => {
    const { url } = await liveStage(t);
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await on.newPage({ colorScheme, viewport: { width: 400, height: 800 } });
      await page.goto(url);
      await page.locator('#live', { hasText: 'Live.' }).waitFor();
      t.is(await page.evaluate('document.documentElement.scrollWidth'), 400);
      t.true(Number(await page.evaluate('document.documentElement.scrollHeight')) < 15_000);
      const [badge] = await page.locator('#s1-rows .badge').all();
      const box = (await badge.boundingBox())!;
      t.true(box.x + box.width <= 400, 'the verdict is in sight');
      t.deepEqual((await lowContrastOf(page)).low, []);
      await page.close();
    }
  },
);
