/** The parameters of a run and its host, as names and values. Called by section.ts, saidOnce.ts, and by what shows a host. */

import { counted, formatSeconds } from '../format/numbers.js';
import { html, type Markup } from '../html/markup.js';
import type { SpinRange } from '../../race/settings.js';
import { shareWords } from '../words/starved.js';
import { seenWords, worldOf } from '../words/world.js';
import type { HostFacts, RunDocument } from './document.js';
import { SEED_WORDS } from './explanations.js';

/** A name and a value. */
export type Fact = readonly [name: Markup | string, value: string];

/** Returns facts as a list. */
export function factList(facts: readonly Fact[]): Markup {
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** Returns all parameters of a run, and its host. `isExplained`: the page says elsewhere what they mean. */
export function factsOf(run: RunDocument, isExplained: boolean): Fact[] {
  const limits = [
    ...(run.durationMs === null ? [] : [formatSeconds(run.durationMs / 1000)]),
    ...(run.trialsMax === null ? [] : [counted(run.trialsMax, 'trial')]),
    ...(run.claim === null ? [] : ['until its claim is decided']),
    ...(run.stopOnFirst ? ['until the first failure'] : []),
  ];
  const spins = (ranges: Readonly<Record<string, SpinRange>>): string =>
    Object.entries(ranges)
      .map(([name, { min, max }]) => `${name} ${min === max ? min : `${min}..${max}`}`)
      .join(', ') || 'none';
  return [
    ...Object.entries(run.knobs).map(([name, value]): Fact => [html`knob <code>${name}</code>`, value]),
    [`${worldOf(run).thread}s`, `${run.cpus} on each of ${counted(run.machines, worldOf(run).group)}`],
    ...seenWords(run).map((words): Fact => ['plain accesses', words.replace(/^plain accesses /, '')]),
    ['sync', run.sync],
    ...(worldOf(run).hasWindows ? [['memory model', run.memory ?? 'sc'] as Fact] : []),
    [`${worldOf(run).phases}, in spins`, spins(run.phases)],
    [`${worldOf(run).delays}, in spins`, spins(run.windows)],
    ...(run.round === undefined ? [] : [['trials in a round', String(run.round)] as Fact]),
    ...(run.spin === undefined ? [] : [['spins of a wait before it sleeps', spins({ '': run.spin }).trim()] as Fact]),
    ['limit', limits.join(' or ')],
    ['seed', isExplained ? String(run.seed) : `${run.seed} (${SEED_WORDS})`],
    ['recorder', run.recording ? 'on' : 'off'],
    ['CPU time', shareWords(run)],
    ['started', run.startedAt],
    ['racehammer', run.version],
    ['git commit of the race', run.revision ?? 'not known'],
    ...hostLines(run.host),
  ];
}

/** Returns what is known of a host. */
export function hostLines({ node, platform, arch, cores, cpuModel, loadavg }: HostFacts): [string, string][] {
  return [
    ['host', `${cpuModel}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${platform} ${arch}`],
    ['Node.js', node],
    ['load average', loadavg.map((load) => load.toFixed(2)).join(', ')],
  ];
}
