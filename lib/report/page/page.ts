/** The HTML page about runs, verifications and soaks. Called by `racehammer report`. */

import { verdictWords } from '../../statistics/verdict.js';
import type { RunDocument } from '../run/document.js';
import type { RunsDocument } from '../run/runsDocument.js';
import { isDisproved, isExplored, type RowDocument, type VerifyDocument } from '../verify/document.js';
import type { SoakHistory } from '../soak/document.js';
import { summaryOf } from '../soak/text.js';
import { firstTryWords, provedWords, summaryLine } from '../verify/text.js';
import { html, type Markup } from '../html/markup.js';
import { needsAttention, sideBySide, verifyOverview, type LinkedRun } from './overview.js';
import { hostLines } from '../run/facts.js';
import { SaidOnce } from '../run/saidOnce.js';
import { foldedRunSection, runSection } from '../run/section.js';
import { CAUTION } from './caution.js';
import { pageOf } from '../html/shell.js';
import { SoakParts } from '../soak/section.js';

/** A document of a page, and its name if there are several. */
export interface PageSource {
  readonly name: string;
  readonly document: RunDocument | RunsDocument | VerifyDocument | SoakHistory;
}

/**
 * Returns one HTML page about all documents. It needs no other file, no network and no script. All text is escaped, and pictures of
 * timelines are embedded as images.
 */
export function htmlPage(sources: readonly PageSource[]): string {
  const verified = sources.filter(
    (source): source is PageSource & { document: VerifyDocument } => 'rows' in source.document,
  );
  const soaks = sources.flatMap(({ name, document }) => ('soak' in document ? [{ name, history: document }] : []));
  const runs = linkRuns(sources);
  const title = [
    ...titlesOf(
      runs,
      verified.map(({ document }) => document),
    ),
    ...soaks.map(({ history }) => summaryOf(history.soak)),
  ].join('; ');
  return pageOf({
    title,
    kicker: 'racehammer report',
    subtitle: subtitle([...runs.map(({ run }) => run), ...verified.flatMap(({ document }) => document.rows)]),
    main: [
      runs.length > 1 ? sideBySide(runs) : null,
      runs.map(({ run, name, id }) => runSection(run, name, id, null)),
      verified.map(({ name, document }, i) => {
        const heading = `Expected against observed${verified.length > 1 ? ` (${name})` : ''}`;
        return verifySection(heading, document, `v${i + 1}`);
      }),
      soaks.map(({ name, history }, i) => {
        const heading = `Soak ${history.soak.campaign.name}${soaks.length > 1 ? ` (${name})` : ''}`;
        return new SoakParts(history, `s${i + 1}`, null).section(heading);
      }),
    ],
    footer: CAUTION,
  });
}

function linkRuns(sources: readonly PageSource[]): LinkedRun[] {
  const runs = sources.flatMap(({ name, document }) => {
    if ('rows' in document || 'soak' in document) return [];
    return ('runs' in document ? document.runs : [document]).map((run) => ({ run, from: name }));
  });
  const titles = runs.map(({ run }) => `${run.race}:${run.variant}`);
  const fullTitles = runs.map(({ from }, i) => `${titles[i]} (${from})`);
  const isOnly = (all: readonly string[], i: number): boolean => all.filter((title) => title === all[i]).length === 1;
  return runs.map(({ run }, i) => {
    const full = isOnly(fullTitles, i) ? fullTitles[i] : `${fullTitles[i]}, run ${i + 1}`;
    return { run, name: isOnly(titles, i) ? titles[i] : full, id: `r${i + 1}` };
  });
}

function verifySection(heading: string, document: VerifyDocument, id: string): Markup {
  const linked = document.rows.map((run, i): LinkedRun<RowDocument> => {
    return { run, name: `${run.race}: ${run.row}`, id: `${id}-${i + 1}` };
  });
  const said = document.rows.length < 2 ? null : new SaidOnce(document.rows, id);
  return html`${verifyOverview(heading, document, linked, said)}
  ${linked.map(({ run, name, id: target }) => {
    const section = needsAttention(run) ? runSection : foldedRunSection;
    const first = firstTryWords(run);
    const second = first === null ? '' : `; second try, longer; the first: ${first}`;
    const states = isExplored(run) ? `; all states: ${provedWords(run)}` : '';
    return section(run, name, target, html`${provedBadge(run)} ${run.variant}${second}${states}`, said);
  })}`;
}

/** Returns a second badge, beside that of the threads, for what all states of a row say; nothing for a row of which they say nothing. */
function provedBadge(row: RowDocument): Markup | null {
  const { proved } = row;
  if (proved === undefined || proved === null || proved.verdict === null) return null;
  const asExpected = proved.verdict === 'FAILS' ? 'reproduced' : 'held';
  const kind = isDisproved(row) ? 'violated' : proved.agrees === true ? asExpected : 'inconclusive';
  return html`<span class="badge ${kind}">all states: ${proved.verdict}</span>`;
}

function titlesOf(runs: readonly LinkedRun[], verified: readonly VerifyDocument[]): string[] {
  const races = [...new Set(runs.map(({ run }) => run.race))];
  const words = races.map((race) => {
    const own = runs.filter(({ run }) => run.race === race);
    if (own.length > 4) return `${race}: ${own.length} runs`;
    return `${race}: ${own.map(({ run }) => `${run.variant} ${verdictWords(run.verdict)}`).join(', ')}`;
  });
  return [...words, ...verified.map(summaryLine)];
}

function subtitle(runs: readonly RunDocument[]): Markup | null {
  if (runs.length === 0) return null;
  const { startedAt, host, version } = runs[0];
  const hosts = new Set(runs.map((run) => JSON.stringify({ ...run.host, loadavg: null })));
  const where = hosts.size === 1 ? hostLines(host).slice(0, 2) : [['host', `${hosts.size} different hosts`]];
  return html`<p class="soft">
    ${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, racehammer ${version};
    ${where.map(([, fact]) => fact).join('; ')}
  </p>`;
}
