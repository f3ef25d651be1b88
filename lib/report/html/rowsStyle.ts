/** The style of the rows of a soak, and of what chooses, sorts and finds them. Used by shell.ts, in every page. */

import { html } from './markup.js';

/** A narrow screen has the columns of a row without those that its section has as well. */
export const ROWS_STYLE = html`<style>
  .soak .tiles {
    grid-template-columns: repeat(auto-fit, minmax(104px, 1fr));
  }
  .soak .tiles dd {
    font-size: 15px;
  }
  .choice {
    border: 0;
    margin: 0 0 8px;
    padding: 0;
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
    font-size: 14px;
  }
  .choice legend {
    float: left;
    padding: 0;
    margin-right: 16px;
    color: var(--soft);
  }
  .count {
    color: var(--soft);
    font-variant-numeric: tabular-nums;
  }
  .soak:has(.show-bad:checked) [data-state]:is(tr, .card):not([data-state='bad']),
  .soak:has(.show-fails:checked) [data-state]:is(tr, .card):not([data-state='fails']),
  .soak:has(.show-held:checked) [data-state]:is(tr, .card):not([data-state='held']),
  .soak:has(.show-idle:checked) [data-state]:is(tr, .card):not([data-state='idle']),
  [hidden] {
    display: none;
  }
  .soak .rows td,
  .soak .rows th {
    padding-right: 10px;
  }
  .rows {
    font-size: 13.5px;
  }
  .rows tbody th {
    min-width: 27ch;
  }
  .rows td {
    min-width: 0;
    overflow-wrap: normal;
  }
  .rows td.words {
    min-width: 16ch;
  }
  .rows svg + .soft {
    font-size: 12px;
    white-space: nowrap;
  }
  tr[aria-current] th {
    box-shadow: inset 3px 0 0 var(--known);
    padding-left: 8px;
  }
  th button {
    all: unset;
    cursor: pointer;
    color: var(--known);
  }
  th[aria-sort='ascending'] button::after {
    content: ' \\25b2';
  }
  th[aria-sort='descending'] button::after {
    content: ' \\25bc';
  }
  .finder {
    margin: 8px 0;
  }
  .finder input {
    font: inherit;
    color: inherit;
    background: var(--well);
    border: 1px solid var(--line);
    border-radius: 6px;
    padding: 3px 8px;
    width: min(100%, 22em);
  }
  .finder output {
    color: var(--soft);
    margin-left: 10px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  details.race > .card {
    margin-left: 12px;
  }
  @media (max-width: 1320px) {
    .widest {
      display: none;
    }
  }
  @media (max-width: 640px) {
    .wide {
      display: none;
    }
    h1 {
      font-size: 20px;
    }
    .rows {
      table-layout: fixed;
      font-size: 12px;
      line-height: 1.35;
    }
    .rows thead th:first-child {
      width: 46%;
    }
    .rows thead th:nth-child(2) {
      width: 22%;
    }
    .rows td.words,
    .rows tbody th {
      min-width: 0;
    }
    .rows td,
    .rows thead th {
      overflow-wrap: anywhere;
      white-space: normal;
    }
    .soak .rows td.num {
      white-space: nowrap;
      font-size: 10.5px;
    }
    .soak .rows td,
    .soak .rows th {
      padding-right: 3px;
    }
    .rows .badge {
      white-space: normal;
      font-size: 9px;
      letter-spacing: 0;
      padding: 1px 3px;
    }
  }
</style>`;
