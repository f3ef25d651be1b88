/**
 * The section of a page about one soak, and the parts of it that change while the soak runs. Called by page/page.ts, and by live.ts for
 * those who watch.
 */

import { exitCodeOf } from '../../statistics/verdict.js';
import { counted, formatCount, formatProbability, formatSeconds } from '../format/numbers.js';
import { commandLine } from '../format/commandLine.js';
import { html, type Markup } from '../html/markup.js';
import { sentence, tile } from '../run/pageParts.js';
import { card, cards, cardTitle, type CardFacts } from './cards.js';
import { eventsFigure, hangsTable, memoryFigure, sessionsTable } from './course.js';
import type { RowVerdict, SoakDocument, SoakHistory } from './document.js';
import { hostsTable } from './fleetSection.js';
import { groups } from './groups.js';
import { fullNames } from './rowNames.js';
import { rowBody, type Later } from './rowSection.js';
import { STATES, pageStateOf, unexpectedFirst, type PageState } from './rowState.js';
import { RowsTable, lineId, stateChoice, stateCount } from './rowsTable.js';
import { starvedSoakWords } from './starved.js';
import { claims, placeWords, stateWords } from './text.js';
import { hasRun } from './verdict.js';

/** The parts of the section about one soak. `id` begins the ids of all of them. */
export class SoakParts {
  readonly #history: SoakHistory;
  readonly #id: string;
  readonly #table: RowsTable;
  readonly #cards: CardFacts;

  /** `later`: null for a page that brings everything along. */
  constructor(history: SoakHistory, id: string, later: Later | null) {
    this.#history = history;
    this.#id = id;
    const { soak } = history;
    const { rows } = soak;
    const names = fullNames(rows);
    const stretches = groups(history.stretches, ({ row }) => row);
    const hangs = groups(soak.hangs, ({ row }) => row);
    const bySession = groups(history.bySession, ({ row }) => row);
    const onHosts = groups(soak.fleet?.rows ?? [], ({ row }) => row);
    this.#table = new RowsTable({ rows, names, stretches, hangs, id });
    const body = (row: RowVerdict): Markup => {
      const parts = {
        stretches: stretches.get(row.id) ?? [],
        bySession: bySession.get(row.id) ?? [],
        onHosts: onHosts.get(row.id) ?? [],
      };
      return rowBody(row, history, parts, later);
    };
    this.#cards = { rows, names, id, body, isLater: later !== null };
  }

  /** Returns the whole section. */
  section(heading: string): Markup {
    const { soak } = this.#history;
    const id = this.#id;
    return html`<div class="soak" id="${id}-soak">
      <section class="card" id="${id}">
        <h2>${heading}</h2>
        ${this.#claims()} ${soakTiles(soak, id)}
        <div class="charts">${memoryFigure(soak, id)}${eventsFigure(soak, id)}</div>
        ${this.#hosts()}
        <h3>Rows</h3>
        ${stateChoice(soak.rows, id)} ${this.#table.table(unexpectedFirst(soak.rows))} ${this.#hangs()}
        <h3>Sessions</h3>
        ${sessionsTable(soak, id)}
        <h3>Continue, repeat</h3>
        <pre class="wrap" tabindex="0" role="group" aria-label="commands">
${resumeLine(this.#history)}
${commandLine('soak', 'status', this.#history.path, '--evidence', 'evidence')}</pre>
      </section>
      ${cards(this.#cards)}
    </div>`;
  }

  /** Returns the parts that change while the soak runs, by their ids. Each is an element with its id. */
  changing(): ReadonlyMap<string, Markup> {
    const { soak } = this.#history;
    const id = this.#id;
    const count = (state: PageState): number => soak.rows.filter((row) => pageStateOf(row) === state).length;
    return new Map([
      [`${id}-claims`, this.#claims()],
      [`${id}-tiles`, soakTiles(soak, id)],
      [`${id}-memory`, memoryFigure(soak, id)],
      [`${id}-hosts`, this.#hosts()],
      [`${id}-hangs`, this.#hangs()],
      [`${id}-sessions`, sessionsTable(soak, id)],
      [`${id}-count-all`, stateCount(id, 'all', soak.rows.length)],
      ...(Object.keys(STATES) as PageState[]).map((state): [string, Markup] => [
        `${id}-count-${state}`,
        stateCount(id, state, count(state)),
      ]),
      ...soak.rows.flatMap((row): [string, Markup][] => [
        [lineId(id, row), this.#table.line(row)],
        [`${id}-title-${row.id}`, cardTitle(row, this.#cards)],
      ]),
    ]);
  }

  /** Returns what the section of a row holds; undefined if there is no such row. */
  body(row: number): Markup | undefined {
    const found = this.#cards.rows.find(({ id }) => id === row);
    return found === undefined ? undefined : this.#cards.body(found);
  }

  /** Returns the folded section of a row that has come since the page was made. */
  card(row: RowVerdict): Markup {
    return card(row, this.#cards, false);
  }

  #claims(): Markup {
    const { soak } = this.#history;
    const starved = starvedSoakWords(soak);
    return html`<div id="${this.#id}-claims">
      <p>${claims(soak.rows.filter(hasRun), placeWords(soak)).join(' ')}</p>
      <p class="soft">${stateWords(soak)}</p>
      ${starved === null ? null : html`<p>${sentence(starved)}</p>`}
    </div>`;
  }

  #hosts(): Markup {
    return html`<div id="${this.#id}-hosts">${hostsTable(this.#history)}</div>`;
  }

  #hangs(): Markup {
    return hangsTable(this.#history.soak, this.#cards.names, (row) => `${this.#id}-${row.id}`, this.#id);
  }
}

function resumeLine({ soak, path }: SoakHistory): string {
  return soak.fleet === undefined
    ? commandLine('soak', '--resume', '--store', path)
    : commandLine('fleet', 'hub', '--resume', '--store', path);
}

function soakTiles({ campaign, rows, hangs, memory, processorShare }: SoakDocument, id: string): Markup {
  const run = rows.filter(hasRun);
  const sum = (pick: (row: RowVerdict) => number): number => run.reduce((n, row) => n + pick(row), 0);
  const good = run.filter(({ verdict }) => exitCodeOf(verdict) === 0).length;
  const stallMs = sum((row) => row.hostStallMs);
  const last = memory.samples.at(-1);
  return html`<dl class="tiles" id="${id}-tiles">
    ${tile('time', formatSeconds(campaign.elapsedMs / 1000), `of ${formatSeconds(campaign.budgetMs / 1000)}`)}
    ${tile('rows as expected', `${good} of ${run.length}`, `${rows.length - run.length} not run yet`)}
    ${tile(
      'trials',
      formatCount(sum((row) => row.trials)),
      `in ${counted(
        sum((row) => row.slices),
        'slice',
      )}`,
    )}
    ${tile(
      'failures of rows that should hold',
      formatCount(sum((row) => (row.expected === null ? row.failures : 0))),
      `${formatCount(sum((row) => (row.expected === null ? 0 : row.failures)))} of the others`,
    )}
    ${tile('hangs', formatCount(hangs.reduce((n, hang) => n + hang.count, 0)), `${sum((row) => row.workersReplaced)} workers replaced`)}
    ${tile('harness errors', formatCount(sum((row) => row.harnessErrors)), '')}
    ${tile('host stalls', formatCount(sum((row) => row.hostStalls)), `${formatSeconds(stallMs / 1000)} in total; not failures`)}
    ${tile('CPU time', processorShare === null ? '-' : formatProbability(processorShare), 'of what the threads wanted')}
    ${tile('memory', last === undefined ? '-' : `${last.mb.toFixed(0)} MB`, `at most ${memory.mostMb.toFixed(0)} MB`)}
  </dl>`;
}
