/** The style of the pictures of every HTML page. Used by shell.ts. */

import { html } from './markup.js';

/** What is one kind of thing is in a group, whose class says what it looks like. */
export const PICTURE_STYLE = html`<style>
  svg {
    display: block;
    max-width: 100%;
    height: auto;
  }
  svg text {
    font-size: 12px;
    fill: var(--ink);
  }
  svg .tick,
  svg .tick text {
    fill: var(--soft);
    font-size: 11px;
    font-variant-numeric: tabular-nums;
    text-anchor: middle;
  }
  svg .values text,
  svg .tick .end {
    text-anchor: end;
  }
  svg .label {
    fill: var(--soft);
    font-size: 12px;
  }
  svg .middle {
    text-anchor: middle;
  }
  figure svg {
    width: 560px;
  }
  .interval {
    width: 180px;
  }
  svg .grid {
    stroke: var(--grid);
    stroke-width: 1;
  }
  svg .axis {
    stroke: var(--soft);
    stroke-width: 1;
  }
  svg .trials {
    fill: var(--trials);
  }
  svg .failures {
    fill: var(--failures);
  }
  svg .bars {
    stroke: var(--failures);
  }
  svg .memory,
  svg .trend {
    fill: none;
    stroke: var(--trials);
    stroke-width: 2;
  }
  svg .even {
    fill: var(--card);
    stroke: var(--even);
    stroke-width: 1.6;
  }
  svg .whisker {
    stroke: var(--failures);
    stroke-width: 2;
  }
  svg .point {
    fill: var(--failures);
  }
  svg .bound {
    stroke: var(--good);
    stroke-width: 2;
  }
</style>`;
