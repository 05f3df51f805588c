import type { Split } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import type { Rows } from '../charts/pairs.js';
import { latentsOf } from '../studies/learn.js';
import { estimate } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import type { TableModel } from '../tables/tableModel.js';
import { type Html, html } from './html.js';
import { nats } from './numbers.js';
import { page } from './page.js';
import { latentPlates, method, pairPlate } from './parts.js';
import { type RunFacts, runLine } from './runFacts.js';

/** Most rows in a picture, and rows in the list of the least likely. */
const shown = 500;
const listed = 10;

/**
 * The report on how a model finds a table.
 *
 * @param values log p of each row
 */
export async function scoreReport(
  model: TableModel,
  table: Split,
  values: readonly number[],
  key: Key,
  run: RunFacts,
): Promise<string> {
  const { columns, target, table: learnedFrom } = model.config;
  const few = table.slice(0, Math.min(shown, table.length));
  const encoded = model.encode(few);
  const rows = toRows(table.x, table.features);
  const samples = toRows(await model.sampleLike(key, encoded), table.features);
  const { mean, standardError } = estimate(values);
  return page({
    title: `${table.name} under a flow of ${learnedFrom}`,
    header: html`<p class="kicker">pushforward</p>
<h1>${table.name} under a flow of ${learnedFrom}</h1>
<div class="scores"><div class="score"><p class="name">mean log-likelihood of ${table.length} rows</p>
<p class="value">${nats(mean)} <small>± ${nats(standardError)} nats</small></p>
<p class="against">of ${columns.length} columns${target ? `, given ${target.name}` : ''}, in the units of the table</p></div></div>
${runLine(run)}`,
    sections: [
      html`<section><h2>Data and samples</h2>${pairPlate(columns, rows.slice(0, few.length), samples)}</section>`,
      html`<section><h2>Latents</h2>${latentPlates(await latentsOf(model.flow, encoded))}</section>`,
      leastLikely(columns, rows, values),
      method(''),
    ],
  });
}

function leastLikely(columns: readonly string[], rows: Rows, values: readonly number[]): Html {
  const order = values
    .map((value, row) => ({ value, row }))
    .sort((a, b) => a.value - b.value)
    .slice(0, listed);
  return html`<section><h2>The least likely rows</h2>
<div class="table"><table>
<caption>The ${order.length} rows that the flow finds least likely: errors, outliers, or places where it has learned too little.</caption>
<thead><tr><th class="number">row</th><th class="number">log <i>p</i></th>${columns.map((name) => html`<th class="number">${name}</th>`)}</tr></thead>
<tbody>${order.map(
    ({ value, row }) =>
      html`<tr><td class="number">${row + 1}</td><td class="number">${nats(value)}</td>${rows[row]!.map((cell) => html`<td class="number">${Number(cell.toPrecision(5))}</td>`)}</tr>`,
  )}</tbody></table></div></section>`;
}
