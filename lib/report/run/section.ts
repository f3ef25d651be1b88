/** The section of a page about one run. Called by page/page.ts and soak/rowSection.ts. */

import type { EvidenceLink, RunDocument } from './document.js';
import { commandLine } from '../format/commandLine.js';
import { evennessWords, gapsPicture, gapsSummary, gapsTable } from './gaps.js';
import { worldOf } from '../words/world.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { overTime } from './overTime.js';
import { litmusOutcomes } from '../litmus/outcomeTable.js';
import { badge, preformatted, meaning, outcomesTable, parameters, tiles } from './pageParts.js';

/** Returns the section of a run. `name` is its heading, `id` the target of links, `note` is shown beside the verdict. */
export function runSection(run: RunDocument, name: string, id: string, note: Content): Markup {
  return html`<section class="card" id="${id}">
    <div class="title">
      <h2>${name}</h2>
      ${badge(run.verdict)}<span class="soft">${note}</span>
    </div>
    ${runBody(run)}
  </section>`;
}

/** Returns the same section folded; a link to it unfolds it. */
export function foldedRunSection(run: RunDocument, name: string, id: string, note: Content): Markup {
  return html`<details class="card">
    <summary>
      <span class="title"><span>${name}</span>${badge(run.verdict)}<span class="soft">${note}</span></span>
    </summary>
    <div id="${id}">${runBody(run)}</div>
  </details>`;
}

/** Returns the body of a section, from the verdict to the command that repeats the run. */
export function runBody(run: RunDocument): Markup {
  return html`${meaning(run).map((sentence) => html`<p>${sentence}</p>`)} ${tiles(run)}
    <h3>Outcomes</h3>
    ${run.litmus === undefined ? outcomesTable(run) : litmusOutcomes(run, run.litmus)}
    <div class="charts">${overTimeFigure(run)}${run.litmus === undefined ? gapsFigure(run) : null}</div>
    ${signaturesOf(run).map((signature, i) => firstFailure(run, signature, i === 0))}
    <h3>Repeat</h3>
    <pre class="wrap" tabindex="0" role="group" aria-label="command that repeats the run">${run.repeat}</pre>
    <details>
      <summary>Parameters and host</summary>
      ${parameters(run)}
    </details>`;
}

function overTimeFigure(run: RunDocument): Markup {
  const picture = overTime(run);
  return html`<figure>
    <h3>Over time</h3>
    ${picture ?? html`<p class="soft">The run was too short for a picture.</p>`}
    ${
      picture === null
        ? null
        : html`<figcaption>
            Read while the ${worldOf(run).thread}s ran. Trials are counted at the ends of rounds, failures at once.
          </figcaption>`
    }
  </figure>`;
}

function gapsFigure(run: RunDocument): Markup {
  const picture = gapsPicture(run);
  if (picture === null)
    return html`<figure>
      <h3>Trials to a failure</h3>
      <p class="soft">Nothing failed, so there is nothing to show.</p>
    </figure>`;
  return html`<figure>
    <h3>Trials to a failure</h3>
    ${picture}
    <figcaption>
      ${gapsSummary(run)} Counted by each ${worldOf(run).group} from one failure to its next, the first from its start.
      ${evennessWords(run)}
      <details>
        <summary>Numbers</summary>
        ${gapsTable(run)}
      </details>
    </figcaption>
  </figure>`;
}

function signaturesOf(run: RunDocument): string[] {
  return [...new Set([...Object.keys(run.reports), ...(run.evidence ?? []).map(({ signature }) => signature)])];
}

/** Returns the first failure of a signature: its timeline, if there is one, and its report. */
function firstFailure(run: RunDocument, signature: string, open: boolean): Markup {
  const report = new Map(Object.entries(run.reports)).get(signature);
  const evidence = (run.evidence ?? []).filter((link) => link.signature === signature);
  const content = html`<summary>First failure: ${signature}</summary>
    ${evidence.map(timeline)} ${report === undefined ? null : preformatted(`report of ${signature}`, report)}`;
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
