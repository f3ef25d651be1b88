/** The table of the rows of a soak on its page, and the choice of states above it. Called by section.ts. */

import { formatCount, formatProbability } from '../format/numbers.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { IntervalColumn, rateWords, type Failing } from '../run/intervals.js';
import { badge } from '../run/pageParts.js';
import { powerCell } from '../words/power.js';
import type { HangRecord, RowVerdict, Stretch } from './document.js';
import { STATES, pageStateOf, rankOf, type PageState } from './rowState.js';
import { classesCell, observed } from './text.js';
import { trend } from './trend.js';
import { hasRun } from './verdict.js';

/** What the table needs of a soak. */
export interface TableFacts {
  readonly rows: readonly RowVerdict[];
  readonly names: ReadonlyMap<number, string>;
  readonly stretches: ReadonlyMap<number, readonly Stretch[]>;
  readonly hangs: ReadonlyMap<number, readonly HangRecord[]>;
  /** Begins the ids of the rows, and of what they link to. */
  readonly id: string;
}

interface Column {
  readonly head: Content;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Words, which need some room where there is some. */
  readonly isText?: boolean;
  /** Left out on a narrow screen, or on all but a wide one; the section of the row has it. */
  readonly needs?: 'wide' | 'widest';
  /** By which of the data of a line it can be sorted. */
  readonly sort?: string;
  readonly cell: (row: RowVerdict) => Content;
}

/** Draws the lines of the table, all on one scale. */
export class RowsTable {
  readonly #facts: TableFacts;
  readonly #columns: readonly Column[];

  constructor(facts: TableFacts) {
    this.#facts = facts;
    this.#columns = columnsOf(facts);
  }

  /** Returns the table with these rows, in their order. */
  table(rows: readonly RowVerdict[]): Markup {
    const { id } = this.#facts;
    return html`<div class="scroll">
      <table class="rows" id="${id}-table">
        <caption>
          ${rows.length} rows; the bound is that of a row without a failure, with 99.9 % confidence
        </caption>
        <thead>
          <tr>
            <th scope="col" data-sort="name">row</th>
            ${this.#columns.map(headOf)}
          </tr>
        </thead>
        <tbody id="${id}-rows">
          ${rows.map((row) => this.line(row))}
        </tbody>
      </table>
    </div>`;
  }

  /** Returns the line of a row. Its data are what it is sorted and chosen by. */
  line(row: RowVerdict): Markup {
    const { id, names, stretches, hangs } = this.#facts;
    const { trials, failures, bound999, high95 } = row;
    const rate = trials === 0 ? -1 : failures === 0 ? -high95 : failures / trials;
    return html`<tr
      id="${lineId(id, row)}"
      data-state="${pageStateOf(row)}"
      data-rank="${rankOf(row)}"
      data-place="${row.id}"
      data-trials="${String(trials)}"
      data-failures="${String(failures)}"
      data-rate="${String(rate)}"
      data-bound="${String(bound999 ?? 1)}"
      data-memory="${String(mostMb(stretches.get(row.id)) ?? 0)}"
      data-hangs="${String(hangCount(hangs.get(row.id)))}"
    >
      <th scope="row"><a href="#${id}-${row.id}">${names.get(row.id) ?? row.name}</a></th>
      ${this.#columns.map((column) => html`<td${classOf(column)}>${column.cell(row)}</td>`)}
    </tr>`;
  }
}

/** Returns the choice of rows by their states. It works without a script. */
export function stateChoice(rows: readonly RowVerdict[], id: string): Markup {
  const choices: [string, string, number][] = [
    ['all', 'all', rows.length],
    ...(Object.keys(STATES) as PageState[]).map((state): [string, string, number] => {
      return [state, STATES[state], rows.filter((row) => pageStateOf(row) === state).length];
    }),
  ];
  return html`<fieldset class="choice">
    <legend>Show rows</legend>
    ${choices.map(
      ([state, words, count], i) =>
        html`<label
          >${
            i === 0
              ? html`<input type="radio" name="${id}-show" class="show-${state}" checked="" />`
              : html`<input type="radio" name="${id}-show" class="show-${state}" />`
          }
          ${words} ${stateCount(id, state, count)}</label
        >`,
    )}
  </fieldset>`;
}

/** Returns how many rows have a state. */
export function stateCount(id: string, state: string, count: number): Markup {
  return html`<span class="count" id="${id}-count-${state}">${formatCount(count)}</span>`;
}

/** Returns the id of the line of a row. */
export function lineId(id: string, row: Pick<RowVerdict, 'id'>): string {
  return `${id}-line-${row.id}`;
}

/** Returns the counts of a row for its interval. */
function failingOf({ trials, failures, high95 }: RowVerdict): Failing {
  return { trials, failures, upperBound95: failures === 0 ? high95 : null };
}

const CLASSES: Column = { head: 'classes met', isNumber: true, needs: 'wide', cell: classesCell };

function columnsOf({ rows, stretches, hangs }: TableFacts): Column[] {
  const intervals = new IntervalColumn(rows.map(failingOf));
  const hasClasses = rows.some(({ classes }) => classes !== null);
  return [
    { head: 'verdict', sort: 'rank', cell: (row) => (hasRun(row) ? badge(row.verdict) : 'not run yet') },
    { head: 'expected', needs: 'wide', cell: (row) => (row.expected === null ? 'to hold' : 'to fail') },
    { head: 'observed', isText: true, sort: 'failures', cell: observed },
    { head: 'trials', isNumber: true, needs: 'wide', sort: 'trials', cell: (row) => formatCount(row.trials) },
    {
      head: html`failures per trial, 95 % <span class="soft">(${intervals.axisWords()})</span>`,
      needs: 'wide',
      sort: 'rate',
      cell: (row) => html`${intervals.cell(failingOf(row))}<span class="soft">${rateWords(failingOf(row))}</span>`,
    },
    {
      head: 'bound',
      isNumber: true,
      sort: 'bound',
      cell: (row) => (row.bound999 === null ? '' : `< ${formatProbability(row.bound999)}`),
    },
    { head: 'trials/s over time', needs: 'wide', cell: (row) => trend(stretches.get(row.id) ?? []) },
    {
      head: 'memory',
      isNumber: true,
      needs: 'wide',
      sort: 'memory',
      cell: (row) => {
        const mb = mostMb(stretches.get(row.id));
        return mb === null ? '' : `${mb.toFixed(0)} MB`;
      },
    },
    {
      head: 'hangs',
      isNumber: true,
      needs: 'wide',
      sort: 'hangs',
      cell: (row) => formatCount(hangCount(hangs.get(row.id))),
    },
    {
      head: 'against its twin',
      needs: 'widest',
      cell: (row) => powerCell({ ...row, expectedOutcome: row.expected }),
    },
    ...(hasClasses ? [CLASSES] : []),
  ];
}

function headOf(column: Column): Markup {
  const sort = column.sort === undefined ? null : html` data-sort="${column.sort}"`;
  return html`<th scope="col" ${classOf(column)}${sort}>${column.head}</th>`;
}

function classOf({ isNumber = false, isText = false, needs }: Column): Markup | null {
  const words = [
    ...(isNumber ? ['num'] : []),
    ...(isText ? ['words'] : []),
    ...(needs === undefined ? [] : [needs]),
  ].join(' ');
  return words === '' ? null : html` class="${words}"`;
}

function mostMb(stretches: readonly Stretch[] = []): number | null {
  const all = stretches.flatMap(({ mb }) => mb ?? []);
  return all.length === 0 ? null : Math.max(...all);
}

function hangCount(hangs: readonly HangRecord[] = []): number {
  return hangs.reduce((n, { count }) => n + count, 0);
}
