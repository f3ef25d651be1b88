/**
 * Goal: what cannot be imported is told in one line, a syntax error with its place, and nothing of it runs for that.
 * Method: modules with an error in themselves, in what they import, and in what they read when they run.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { whyNotLoaded } from '../../../lib/harness/host/whyNotLoaded.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'racehammer-syntax-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));
const RAN = join(FOLDER, 'ran');

/** Writes a module, and returns why it cannot be imported. */
async function whyNot(name: string, text: string): Promise<string> {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  const url = pathToFileURL(path).href;
  try {
    await import(url);
  } catch (error) {
    return whyNotLoaded(error, url);
  }
  return 'it was imported';
}

const at = (name: string, line: number): string => `(${relative(process.cwd(), join(FOLDER, name))}:${line})`;

test.serial('a syntax error has its file and line', async (t) => {
  t.is(await whyNot('a.mjs', 'const a = {\n  b: 1\n  c: 2,\n};\n'), `Unexpected identifier 'c' ${at('a.mjs', 3)}`);
  t.is(await whyNot('b.cjs', '\nmodule.exports = ;\n'), `Unexpected token ';' ${at('b.cjs', 2)}`);
});

test.serial('so has one of a module that it imports, and a name that another does not export', async (t) => {
  const ran = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(RAN)}, '');\n`;
  t.is(await whyNot('c.mjs', `${ran}import './a.mjs';\n`), `Unexpected identifier 'c' ${at('a.mjs', 3)}`);
  writeFileSync(join(FOLDER, 'd.mjs'), 'export const d = 1;\n');
  const why = await whyNot('e.mjs', `${ran}import { f } from './d.mjs';\n`);
  t.is(why, `The requested module './d.mjs' does not provide an export named 'f' ${at('e.mjs', 3)}`);
  t.false(existsSync(RAN), 'nothing has run');
});

test.serial('what code throws while it runs is told as it is, and the code does not run again', async (t) => {
  const noted = `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(RAN)}, '1');\n`;
  t.regex(await whyNot('g.mjs', `${noted}JSON.parse('{');\n`), /^(?!.*g\.mjs).*JSON/);
  t.is(await whyNot('h.mjs', `${noted}throw new Error('no\\nmore');\n`), 'no');
  t.is(await whyNot('i.mjs', 'throw 3;\n'), '3');
  t.is(readFileSync(RAN, 'utf8'), '11');
});
