/** The picture of tuned shapes of machines. Called by page.ts. */

import { counted, formatRate } from '../format/numbers.js';
import type { TuneResult, TunedShape } from './document.js';
import { countedThreads, worldOf, type OfCode } from '../words/world.js';
import { html, type Markup } from '../html/markup.js';

const CELL_WIDTH = 96;
const CELL_HEIGHT = 40;
const LEFT = 70;
const TOP = 26;

/** Draws a cell for each shape of machines, darker for a higher rate. Shapes that were not tried have no cell. */
export function shapesMap({ shapes, ...of }: Pick<TuneResult, 'shapes'> & OfCode, goal: string): Markup {
  const { group } = worldOf(of);
  const cpus = [...new Set(shapes.map((shape) => shape.cpus))].toSorted((a, b) => a - b);
  const machines = [...new Set(shapes.map((shape) => shape.machines))].toSorted((a, b) => a - b);
  const most = Math.max(...shapes.map(({ rate }) => rate));
  const width = LEFT + machines.length * CELL_WIDTH;
  const height = TOP + cpus.length * CELL_HEIGHT + 6;
  const label = `${goal} per second: most ${formatRate(most)}, with ${words(
    of,
    shapes.find(({ rate }) => rate === most),
  )}`;
  return html`<svg width="${width}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${machines.map((m, i) => {
      const x = LEFT + (i + 0.5) * CELL_WIDTH;
      return html`<text class="label" x="${x}" y="16" text-anchor="middle">${counted(m, group)}</text>`;
    })}
    ${cpus.map((c, i) => {
      const y = TOP + (i + 0.6) * CELL_HEIGHT;
      return html`<text class="label" x="${LEFT - 8}" y="${y}" text-anchor="end">${countedThreads(of, c)}</text>`;
    })}
    ${shapes.map((shape) => {
      const x = LEFT + machines.indexOf(shape.machines) * CELL_WIDTH;
      const y = TOP + cpus.indexOf(shape.cpus) * CELL_HEIGHT;
      const share = most === 0 ? 0 : shape.rate / most;
      return html`<rect
          class="failures"
          x="${x + 1}"
          y="${y + 1}"
          width="${CELL_WIDTH - 2}"
          height="${CELL_HEIGHT - 2}"
          fill-opacity="${0.06 + 0.7 * share}"
          ><title>
            ${words(of, shape)}: ${formatRate(shape.rate)}, by default ${formatRate(shape.defaultRate)}
          </title></rect
        >
        <text class="label" x="${x + CELL_WIDTH / 2}" y="${y + CELL_HEIGHT * 0.6}" text-anchor="middle"
          >${formatRate(shape.rate)}</text
        >`;
    })}
  </svg>`;
}

function words(of: OfCode, shape: TunedShape | undefined): string {
  return shape === undefined ? 'none' : `${countedThreads(of, shape.cpus)} and ${shape.machines} side by side`;
}
