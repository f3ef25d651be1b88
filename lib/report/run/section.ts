/** The section of a page about one run. Called by page/page.ts and soak/rowSection.ts. */

import type { EvidenceLink, RunDocument } from './document.js';
import { commandLine } from '../format/commandLine.js';
import { gapsPicture, gapsSummary, gapsTable } from './gaps.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { overTime } from './overTime.js';
import { litmusOutcomes } from '../litmus/outcomeTable.js';
import { gapsWords, overTimeWords } from './explanations.js';
import { factList, factsOf } from './facts.js';
import { badge, preformatted, meaning, outcomesTable, tiles } from './pageParts.js';
import type { SaidOnce } from './saidOnce.js';

/**
 * Returns the section of a run. `name` is its heading, `id` the target of links, `note` is shown beside the verdict, `said` is what
 * the page says once for several runs.
 */
export function runSection(
  run: RunDocument,
  name: string,
  id: string,
  note: Content,
  said: SaidOnce | null = null,
): Markup {
  return html`<section class="card" id="${id}">
    <div class="title">
      <h2>${name}</h2>
      ${badge(run.verdict)}<span class="soft">${note}</span>
    </div>
    ${runBody(run, said)}
  </section>`;
}

/** Returns the same section folded; a link to it unfolds it. */
export function foldedRunSection(
  run: RunDocument,
  name: string,
  id: string,
  note: Content,
  said: SaidOnce | null,
): Markup {
  return html`<details class="card">
    <summary>
      <span class="title"><span>${name}</span>${badge(run.verdict)}<span class="soft">${note}</span></span>
    </summary>
    <div id="${id}">${runBody(run, said)}</div>
  </details>`;
}

/** Returns the body of a section, from the verdict to the command that repeats the run. */
export function runBody(run: RunDocument, said: SaidOnce | null): Markup {
  return html`${meaning(run).map((sentence) => html`<p>${sentence}</p>`)} ${tiles(run, said !== null)}
    <h3>Outcomes</h3>
    ${run.litmus === undefined ? outcomesTable(run) : litmusOutcomes(run, run.litmus)}
    <div class="charts">${overTimeFigure(run, said)}${run.litmus === undefined ? gapsFigure(run, said) : null}</div>
    ${signaturesOf(run).map((signature, i) => firstFailure(run, signature, i === 0))}
    <h3>Repeat</h3>
    <pre class="wrap">${run.repeat}</pre>
    <details>
      <summary>Parameters and host</summary>
      ${said === null ? factList(factsOf(run, false)) : said.listOf(run)}
    </details>`;
}

function overTimeFigure(run: RunDocument, said: SaidOnce | null): Markup {
  const picture = overTime(run);
  return html`<figure>
    ${figureHeading('Over time', said)} ${picture ?? html`<p class="soft">The run was too short for a picture.</p>`}
    ${picture === null || said !== null ? null : html`<figcaption>${overTimeWords(run)}</figcaption>`}
  </figure>`;
}

function gapsFigure(run: RunDocument, said: SaidOnce | null): Markup {
  const picture = gapsPicture(run);
  const heading = figureHeading('Trials to a failure', said);
  if (picture === null)
    return html`<figure>
      ${heading}
      <p class="soft">Nothing failed.</p>
    </figure>`;
  return html`<figure>
    ${heading} ${picture}
    <figcaption>
      ${gapsSummary(run)} ${said === null ? gapsWords(run, true) : null}
      <details>
        <summary>Numbers</summary>
        ${gapsTable(run)}
      </details>
    </figcaption>
  </figure>`;
}

function figureHeading(name: string, said: SaidOnce | null): Markup {
  return html`<h3>${said === null ? name : said.heading(name)}</h3>`;
}

function signaturesOf(run: RunDocument): string[] {
  return [...new Set([...Object.keys(run.reports), ...(run.evidence ?? []).map(({ signature }) => signature)])];
}

/** Leaves out the rules above and below a report: here it stands in a box. */
function withoutRules(report: readonly string[]): readonly string[] {
  const isRuled = report.length > 2 && /^=+$/.test(report[0]) && report[0] === report.at(-1);
  return isRuled ? report.slice(1, -1) : report;
}

/** Returns the first failure of a signature: its timeline, if there is one, and its report. */
function firstFailure(run: RunDocument, signature: string, open: boolean): Markup {
  const report = new Map(Object.entries(run.reports)).get(signature);
  const evidence = (run.evidence ?? []).filter((link) => link.signature === signature);
  const content = html`<summary>First failure: ${signature}</summary>
    ${evidence.map(timeline)}
    ${report === undefined ? null : preformatted(`report of ${signature}`, withoutRules(report))}`;
  return open ? html`<details open>${content}</details>` : html`<details>${content}</details>`;
}

/**
 * Returns the picture of a timeline as an image. Whatever the document contains, an image runs no script, follows no link and loads
 * nothing.
 */
export function timelineImage(signature: string, svg: string, text?: readonly string[]): Markup {
  return html`<div class="timeline" tabindex="0" role="group" aria-label="timeline of ${signature}">
    <img
      src="data:image/svg+xml;base64,${Buffer.from(svg.toWellFormed()).toString('base64')}"
      alt="${altOf(signature, text)}"
    />
  </div>`;
}

function timeline({ signature, file, sha256, command, timelineSvg, timeline: text }: EvidenceLink): Markup {
  return html`${timelineSvg === undefined ? null : timelineImage(signature, timelineSvg, text)}
  ${
    text === undefined
      ? null
      : html`<details>
          <summary>Timeline as text</summary>
          ${preformatted(`timeline of ${signature} as text`, text)}
        </details>`
  }
  ${
    file === undefined
      ? null
      : html`<p class="soft">
          Evidence:
          <code>${file}</code>${sha256 === undefined ? '' : html` (SHA-256 of its content: <code>${sha256}</code>)`}. To
          replay it: <code>${command ?? commandLine('replay', file)}</code>
        </p>`
  }`;
}

function altOf(signature: string, text: readonly string[] | undefined): string {
  return `Timeline of the first ${signature}${text === undefined ? '' : ': as text below'}`;
}
