/*
 * Makes docs/images/soak-page.png: the live page of a real soak of some minutes, as Chromium shows it. A maintainer runs it where the page
 * has changed: npm run build && node build/soakPicture.mjs [SECONDS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [, , seconds = '180'] = process.argv;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PICTURE = join(ROOT, 'docs/images/soak-page.png');
const BYTES_MAX = 150_000;
const CAMPAIGN = `campaign: weekend
duration: 60h
slice: 2s
rows:
  - { race: xen-pin, variant: pte-lock }
  - { race: pgd-lock, variant: plain-lock }
  - { race: gup-fast, variant: sync-ipi }
  - { race: numa-protnone, variant: pv-numa }
  - { race: batched-unmap, variant: counter }
  - { race: mremap, variant: rmap-locked }
  - { race: canary, variant: livelock }
`;

const executablePath = process.env.PATH.split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'racehammer-picture-'));
writeFileSync(join(folder, 'weekend.yaml'), CAMPAIGN);
const soak = spawn(
  process.execPath,
  [join(ROOT, 'dist/lib/cli/main.js'), 'soak', '--campaign', 'weekend.yaml', '--store', 'weekend.db', '--page', '0'],
  { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
);
const ended = once(soak, 'close');
let said = '';
soak.stderr.setEncoding('utf8').on('data', (text) => (said += text));
const endedEarly = async () => {
  await ended;
  throw new Error(`the soak has ended: ${said}`);
};
try {
  while (!/page: (\S+);/.test(said)) await Promise.race([once(soak.stderr, 'data'), endedEarly()]);
  await Promise.race([delay(1000 * Number(seconds)), endedEarly()]);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1240, height: 880 }, colorScheme: 'light' });
  await page.goto(/page: (\S+);/.exec(said)[1]);
  await page.locator('#now', { hasText: 'trials' }).waitFor();
  // The picture is about the rows.
  await page.evaluate(() => {
    for (const part of document.querySelectorAll('.charts, .tiles, #s1-claims')) part.hidden = true;
  });
  await page.screenshot({ path: PICTURE });
  await browser.close();
  const { size } = statSync(PICTURE);
  console.log(`${PICTURE}: ${size} bytes${size > BYTES_MAX ? `, MORE THAN ${BYTES_MAX}` : ''}`);
} finally {
  soak.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
