/**
 * Goal: a shell completes what the tables of options have. Method: the script for bash is asked by bash, all questions in one process; those for
 * zsh and fish are read by their shells where these are installed, and must hold every flag and race in any case.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import test from 'ava';
import { bashScript } from '../../lib/cli/completion/bash.js';
import { completedCommand } from '../../lib/cli/completion/completed.js';
import { fishScript } from '../../lib/cli/completion/fish.js';
import { zshScript } from '../../lib/cli/completion/zsh.js';
import { commandsFor } from '../../lib/cli/program.js';
import { folder } from '../soak/rows.js';

const COMMANDS = (await commandsFor()).map(({ spec }) => completedCommand(spec));
const RACES = ['one', 'one:buggy', 'two'];

/** What is typed up to the cursor, and what must be offered: all of it, or some (with `...`). */
const ASKED: readonly (readonly [typed: string, offers: string])[] = [
  ['racehammer ver', 'verify'],
  ['racehammer soak st', 'status'],
  ['racehammer soak ', 'one one:buggy two status diff ...'],
  ['racehammer run --syn', '--sync'],
  ['racehammer run --sync ', 'rendezvous stride free'],
  ['racehammer run one --sync st', 'stride'],
  ['racehammer run --no-e', '--no-evidence'],
  ['racehammer run --cpus ', ''],
  ['racehammer run tw', 'two'],
  ['racehammer run one:bu', 'buggy'],
  ['racehammer verify --ju', '--junit'],
  ['racehammer report page.json -', '--output -o ...'],
  ['racehammer report /etc/host', '/etc/hosts ...'],
  ['racehammer replay --svg /etc/host', '/etc/hosts ...'],
  ['racehammer fleet sta', 'status'],
  ['racehammer fleet status --js', '--json'],
  ['racehammer soak status --ju', ''],
  ['racehammer completion ', 'bash zsh fish'],
  ['racehammer list x', ''],
  ['racehammer nothing --', '--help --version'],
];

test('bash offers commands, flags, values, races with variants, and files', (t) => {
  const ask = [
    "COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'",
    'while IFS= read -r line; do',
    '  COMP_LINE=$line COMP_POINT=${#line}',
    '  _racehammer',
    '  echo "${COMPREPLY[*]}"',
    'done',
  ];
  const script = [...bashScript(COMMANDS, RACES), ...ask].join('\n');
  const input = `${ASKED.map(([typed]) => typed).join('\n')}\n`;
  const answers = execFileSync('bash', ['-uc', script], { input, encoding: 'utf8', cwd: folder(t) })
    .replace(/\n$/, '')
    .split('\n');
  // The array is joined by the line feeds that the function has set for itself, or by blanks.
  t.is(answers.length, ASKED.length);
  for (const [i, [typed, offers]] of ASKED.entries()) {
    const found = answers[i].split(' ').filter((word) => word !== '');
    const wanted = offers.split(' ').filter((word) => word !== '' && word !== '...');
    if (offers.endsWith('...')) for (const word of wanted) t.true(found.includes(word), `${typed}: ${answers[i]}`);
    else t.deepEqual(found.toSorted(), wanted.toSorted(), typed);
  }
});

test('every command, flag and race is in each script, and its shell can read it', (t) => {
  const check = { bash: ['-n'], zsh: ['-n'], fish: ['--no-execute'] };
  for (const [shell, make] of Object.entries({ bash: bashScript, zsh: zshScript, fish: fishScript })) {
    const script = `${make(COMMANDS, RACES).join('\n')}\n`;
    for (const { name, flags } of COMMANDS)
      for (const word of [...name.split(' '), ...flags.flatMap(({ names }) => names)])
        t.true(script.includes(shell === 'fish' ? word.replace(/^--?/, '') : word), `${shell}: ${word}`);
    t.true(
      RACES.every((race) => script.includes(race)),
      shell,
    );
    const { status, error, stderr } = spawnSync(shell, check[shell as keyof typeof check], {
      input: script,
      encoding: 'utf8',
    });
    if (error === undefined) t.deepEqual([status, stderr], [0, ''], shell);
    else t.log(`not read by its shell: ${shell} is not installed`);
  }
});
