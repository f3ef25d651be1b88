/**
 * Goal: a report about code over shared memory is in its author's words: names of words, values, the line and the stack of a sleep, packages
 * included; and of nothing that a kernel has. What a trial cannot wait for fails it in a line, and is no lost wake-up.
 * Method: tests in a folder of their own with a package in node_modules, run by the harness.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { loadRace, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import { makeParts } from '../../lib/js/parts.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { planOf } from '../stress/plan.js';
import { runRace } from '../harness/keptThreads.js';

const JS = new URL('../../lib/js/index.js', import.meta.url).href;
const KERNEL = /soft lockup|Modules linked in|IRQs|preempt_count|(?<![-\w])0x|CPU(?! time)|machine/;

async function written(t: ExecutionContext, name: string, body: string): Promise<LoadedRace> {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-js-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const bell = join(folder, 'node_modules', 'bell');
  mkdirSync(bell, { recursive: true });
  writeFileSync(join(bell, 'package.json'), '{"name":"bell","type":"module","exports":"./bell.js"}');
  writeFileSync(
    join(bell, 'bell.js'),
    'const { wait } = Atomics;\nexport function ring(words) {\n  Atomics.notify(words, 1);\n}\nexport function await_(words) {\n  wait(words, 1, 0);\n}\n',
  );
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { hammer } from ${JSON.stringify(JS)};\nimport { await_, ring } from 'bell'; import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';\nexport default hammer({ name: '${name}', names: ['flag', 'bell'], share: () => new Int32Array(new SharedArrayBuffer(8)), ${body} });\n`,
  );
  return loadRace(pathToFileURL(file).href);
}

async function run(loaded: LoadedRace, trials = 400): Promise<RunOutcome> {
  const variant = Object.keys(loaded.race.variants)[0];
  const outcome = await runRace(loaded.race, planOf(loaded, { variant, trials }), { noProgressMs: 60_000 });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  return outcome;
}

test.serial(
  'a lost wake-up: word, value, line, the stack in a package that took wait off Atomics, and who has ended',
  async (t) => {
    const body = `variants: { buggy: { fails: 'lost-wake-up' } }, actors: {
    sleeper({ state }) { if (Atomics.load(state, 0) === 0) await_(state); },
    ringer({ state }) { ring(state); },
  }`;
    const { reports } = await run(await written(t, 'asleep', body));
    const report = reports['lost-wake-up'].join('\n');
    t.regex(report, /^LOST WAKE-UP: a thread sleeps in Atomics\.wait, and nobody is left who could wake it$/m);
    t.regex(
      report,
      /^ {2}sleeper sleeps on bell: it is 0, as expected\n {4}at await_ \(.*node_modules\/bell\/bell\.js:6:3\)\n {4}at .*asleep\.mjs:\d+:\d+\)?\n {2}ringer has ended$/m,
    );
    t.regex(
      report,
      /^thread 0 \(sleeper\): sleeps in Atomics\.wait\n {2}last operations:\n {4}flag is 0\n {4}bell is 0\n {4}sleeps \(wait\)$/m,
    );
    t.regex(report, /^ {4}wakes nobody \(notify\)$/m);
    t.notRegex(report, KERNEL);
  },
);

test.serial('what a check and an exception say is the report', async (t) => {
  const body = `variants: { buggy: { fails: 'actor-threw', alsoFails: ['torn'] } }, signatures: { torn: 'torn' }, actors: {
    one({ state }) { if (Atomics.add(state, 0, 1) === 1) throw new TypeError('desync 3'); },
    two({ state, check }) { check(Atomics.add(state, 0, 1) === 0, 'torn: found the other'); },
  }, after({ state }) { if (state[0] !== 2) throw new Error('never'); }`;
  const { reports } = await run(await written(t, 'checks', body));
  t.true(Object.keys(reports).every((signature) => ['actor-threw', 'torn'].includes(signature)));
  const report = Object.values(reports).flat().join('\n');
  t.regex(report, /^(one threw TypeError: desync 3|torn: found the other)$/m);
  t.notRegex(report, KERNEL);
});

test.serial('outcomes are graded: what is not named is forbidden', async (t) => {
  const body = `outcomes: { '0, 1': 'accepted', '1, 0': 'accepted' }, variants: { buggy: { fails: 'forbidden-outcome' } }, actors: {
    one({ state }) { const n = Atomics.load(state, 0); Atomics.store(state, 0, n + 1); return n; },
    two({ state }) { const n = Atomics.load(state, 0); Atomics.store(state, 0, n + 1); return n; },
  }`;
  const { reports, outcomes } = await run(await written(t, 'outcomes', body));
  t.deepEqual(
    outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature),
    ['forbidden-outcome'],
  );
  t.regex(reports['forbidden-outcome'].join('\n'), /^the outcome is 0, 0$/m);
});

for (const [what, call] of Object.entries({
  'a timer': 'setTimeout(() => Atomics.notify(state, 1), 1)',
  'a promise': 'Promise.resolve().then(() => Atomics.notify(state, 1))',
}))
  test.serial(
    `${what} that would wake a sleeper fails its trial in a line, and nothing is said to be lost`,
    async (t) => {
      const body = `variants: { buggy: { fails: 'async-code' } }, actors: {
      waker({ state }) { ${call}; },
      sleeper({ state }) { Atomics.wait(state, 1, 0); },
    }`;
      const { outcomes, reports } = await run(await written(t, 'later', body));
      t.deepEqual(
        outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature),
        ['async-code'],
      );
      t.notRegex(reports['async-code'].join('\n'), KERNEL);
    },
  );

test.serial('an endless loop over Atomics is a livelock, with the line that it is at', async (t) => {
  const body = `variants: { buggy: { fails: 'livelock' } }, actors: {
    spinner({ state }) {
      while (Atomics.load(state, 0) === 0);
    },
    other() {},
  }`;
  const loaded = await written(t, 'endless', body);
  const plan = planOf(loaded, { variant: 'buggy', trials: 1 });
  const { reports } = await runRace(loaded.race, plan, { watchdogMs: 20 });
  const report = reports['livelock'].join('\n');
  t.regex(report, /^LIVELOCK: threads run, and the trial does not end; /m);
  t.regex(
    report,
    /^JavaScript stack of thread 0:\n {2}at spinner \(.*endless\.mjs:5:\d+\)\n\nthread 0 \(spinner\): runs$/m,
  );
  t.notRegex(report, KERNEL);
});

/**
 * A module over a shared memory: `sleep()` is `memory.atomic.wait32` on its first word while that is 0, without a time; `wake()` is
 * `memory.atomic.notify` there, for one.
 */
const FUTEX_MODULE = [
  [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // Types: one, () -> i32. Imports: env.memory, shared, one page.
  [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f],
  [0x02, 0x10, 0x01, 0x03, ...Buffer.from('env'), 0x06, ...Buffer.from('memory'), 0x02, 0x03, 0x01, 0x01],
  // Functions: two of that type. Exports: sleep, wake.
  [0x03, 0x03, 0x02, 0x00, 0x00],
  [0x07, 0x10, 0x02, 0x05, ...Buffer.from('sleep'), 0x00, 0x00, 0x04, ...Buffer.from('wake'), 0x00, 0x01],
  // Code: i32.const 0, i32.const 0, i64.const -1, memory.atomic.wait32; i32.const 0, i32.const 1, memory.atomic.notify.
  [0x0a, 0x19, 0x02],
  [0x0c, 0x00, 0x41, 0x00, 0x41, 0x00, 0x42, 0x7f, 0xfe, 0x01, 0x02, 0x00, 0x0b],
  [0x0a, 0x00, 0x41, 0x00, 0x41, 0x01, 0xfe, 0x00, 0x02, 0x00, 0x0b],
].flat();

const wasmBody = (ringer: string): string => `variants: { buggy: { fails: 'stuck-worker' } },
  share: () => ({ memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), module: new WebAssembly.Module(Uint8Array.from(${JSON.stringify(FUTEX_MODULE)})) }),
  open: ({ memory, module }) => ({ memory, ...new WebAssembly.Instance(module, { env: { memory } }).exports }),
  before: ({ state }) => new Int32Array(state.memory.buffer).fill(0),
  actors: { sleeper({ state }) { state.sleep(); }, ringer({ state }) { ${ringer} } }`;

test.serial(
  'a sleep of a WebAssembly module that nobody ends is a lost wake-up, observed and not proved',
  async (t) => {
    const loaded = await written(t, 'wasm-asleep', wasmBody(''));
    const plan = planOf(loaded, { variant: 'buggy', trials: 1 });
    const { reports, outcomes, harnessError } = await runRace(loaded.race, plan, {
      watchdogMs: 20,
      noProgressMs: 60_000,
    });
    t.is(harnessError, null);
    t.deepEqual(
      outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature),
      ['stuck-worker'],
    );
    const report = reports['stuck-worker'].join('\n');
    t.regex(
      report,
      /^LOST WAKE-UP, observed and not proved: sleeper slept in the kernel when all others had ended; its thread was ended and replaced\n {2}sleeper is in its actor\n {2}ringer has ended$/m,
    );
    t.notRegex(report, KERNEL);
  },
);

test.serial('a sleep of a WebAssembly module that is ended fails nothing', async (t) => {
  const body = wasmBody(
    'while (state.wake() === 0 && Atomics.load(new Int32Array(state.memory.buffer), 1) === 0);',
  ).replace('state.sleep();', 'state.sleep(); Atomics.store(new Int32Array(state.memory.buffer), 1, 1);');
  const { outcomes, trials } = await run(await written(t, 'wasm-woken', body));
  t.deepEqual(
    outcomes.filter(({ count }) => count > 0),
    [],
  );
  t.is(trials, 400);
});

/** A message takes as long as some hundred trials. */
const PORT_TRIALS = 100;

const portBody = (
  variant: string,
): string => `variants: ${variant}, signatures: { 'no-message': 'woken without one', stale: 'of another trial' },
  share: () => {
    const { port1, port2 } = new MessageChannel();
    return { words: new Int32Array(new SharedArrayBuffer(8)), ports: [port1, port2] };
  },
  names: { words: ['replies', 'given up'] },
  actors: {
    caller({ state: { words, ports: [port] }, check }) {
      for (let n = 1; n <= 2; n++) {
        const before = Atomics.load(words, 0);
        port.postMessage(n);
        while (Atomics.load(words, 0) === before) Atomics.wait(words, 0, before);
        const got = receiveMessageOnPort(port)?.message;
        if (got === 10 * n) continue;
        check(false, (n === 1 && got !== undefined ? 'stale: ' : 'no-message: ') + got);
        Atomics.store(words, 1, 1);
        return;
      }
    },
    replier({ state: { words, ports: [, port] }, variant }) {
      const reply = (n) => port.postMessage(10 * n);
      for (let n = 1; n <= 2; n++) {
        let asked;
        while ((asked = receiveMessageOnPort(port)) === undefined) if (Atomics.load(words, 1) === 1) return;
        if (variant === 'late') {
          Atomics.add(words, 0, 1);
          Atomics.notify(words, 0);
        }
        reply(asked.message);
        if (variant !== 'late') {
          Atomics.add(words, 0, 1);
          Atomics.notify(words, 0);
        }
      }
    },
  }`;

test.serial(
  'threads send each other messages over the ports that they are given, and a trial that failed leaves none',
  async (t) => {
    const late = await written(t, 'ports-late', portBody(`{ late: { fails: 'no-message' } }`));
    const failing = await run(late, PORT_TRIALS);
    t.true(failing.failures > 5, `${failing.failures}`);
    t.deepEqual(
      failing.outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature),
      ['no-message'],
    );
    const { outcomes, trials } = await run(await written(t, 'ports', portBody('{ code: {} }')), PORT_TRIALS);
    t.deepEqual(
      outcomes.filter(({ count }) => count > 0),
      [],
    );
    t.is(trials, PORT_TRIALS);
  },
);

test('ports that no thread could have are refused in a line', (t) => {
  const parts = (shared: unknown, threads = 2): unknown => makeParts('x', shared, threads, false);
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const words = new Int32Array(new SharedArrayBuffer(4));
  t.throws(() => parts({ words, link: { port: port1 } }), {
    message:
      'race x: share() returned a MessagePort at link.port, and a list of MessagePorts has one for each of the 2 threads',
  });
  t.throws(() => parts({ words, ports: [port1, port2] }, 3), {
    message: /returned 2 MessagePorts at ports, .* the 3 threads$/,
  });
});
