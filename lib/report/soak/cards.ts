/**
 * The sections of the rows of a soak, below its table: those that are not as expected first and open, the others folded, and by race
 * where there are many. Called by section.ts.
 */

import { counted } from '../format/numbers.js';
import { html, type Markup } from '../html/markup.js';
import { badge } from '../run/pageParts.js';
import type { RowVerdict } from './document.js';
import { groups } from './groups.js';
import { STATES, pageStateOf, unexpectedFirst, type PageState } from './rowState.js';
import { hasRun } from './verdict.js';

/** Open sections; each has the height of a screen. */
const OPEN_MAX = 4;
/** With more folded rows, those of a race have a fold of their own. */
const UNGROUPED_MAX = 24;

/** What the sections need. */
export interface CardFacts {
  readonly rows: readonly RowVerdict[];
  readonly names: ReadonlyMap<number, string>;
  /** Begins the ids. */
  readonly id: string;
  /** Makes the content of a row's section. */
  readonly body: (row: RowVerdict) => Markup;
  /** Whether a folded section is empty, since its content is loaded when it is opened. */
  readonly isLater: boolean;
}

/** Returns the sections of all rows. */
export function cards(facts: CardFacts): Markup {
  const sorted = unexpectedFirst(facts.rows);
  const open = sorted.filter((row) => pageStateOf(row) === 'bad').slice(0, OPEN_MAX);
  const folded = sorted.slice(open.length);
  const byRace =
    folded.length <= UNGROUPED_MAX
      ? null
      : [...groups(folded, ({ race }) => race)].map(
          ([race, mine]) =>
            html`<details class="race">
              <summary>${race}: ${raceWords(mine)}</summary>
              ${mine.map((row) => card(row, facts, false))}
            </details>`,
        );
  return html`<div id="${facts.id}-cards">
    ${open.map((row) => card(row, facts, true))} ${byRace ?? folded.map((row) => card(row, facts, false))}
  </div>`;
}

/** Returns the section of one row. */
export function card(row: RowVerdict, facts: CardFacts, isOpen: boolean): Markup {
  const state = pageStateOf(row);
  const content = html`<summary>${cardTitle(row, facts)}</summary>
    <div class="row-body" id="${facts.id}-${row.id}" data-row="${row.id}">
      ${isOpen || !facts.isLater ? facts.body(row) : null}
    </div>`;
  return isOpen
    ? html`<details class="card" data-state="${state}" open="">${content}</details>`
    : html`<details class="card" data-state="${state}">${content}</details>`;
}

/** Returns the title of a row's section. */
export function cardTitle(row: RowVerdict, { names, id }: Pick<CardFacts, 'names' | 'id'>): Markup {
  return html`<span class="title" id="${id}-title-${row.id}" data-state="${pageStateOf(row)}"
    ><span>${names.get(row.id) ?? row.name}</span>${hasRun(row) ? badge(row.verdict) : 'not run yet'}</span
  >`;
}

/** Returns "12 rows, 2 not as expected, 10 held". */
function raceWords(rows: readonly RowVerdict[]): string {
  const counts = (Object.keys(STATES) as PageState[]).map((state) => {
    return [STATES[state], rows.filter((row) => pageStateOf(row) === state).length] as const;
  });
  const parts = counts.filter(([, count]) => count > 0).map(([words, count]) => `${count} ${words}`);
  return [counted(rows.length, 'row'), ...parts].join(', ');
}
