import { coordinates, lengths } from '../charts/latent.js';
import { pairPlot, type Rows } from '../charts/pairs.js';
import { scoreChart } from '../charts/scores.js';
import type { Scores } from '../studies/study.js';
import { type Standing, standings } from '../studies/verdict.js';
import { type Html, html } from './html.js';
import { figure, legend } from './page.js';
import { colours } from './style.js';

/** What the models are called and how they are drawn. */
export type Labels = Readonly<Record<keyof Scores, string>>;

/** Most columns in one pair plot. */
const mostColumns = 5;

/** A number with a true minus sign. */
export function nats(value: number, digits = 2): string {
  return value.toFixed(digits).replace('-', '−');
}

/** The table of test log-likelihoods. */
export function scoreTable(scores: Scores, labels: Labels, caption: string): Html {
  const rows = standings(scores);
  const best = Math.max(...rows.map(({ score }) => score.mean));
  return html`<div class="table"><table>
<caption>${caption}</caption>
<thead><tr><th>model</th><th class="number">log-likelihood</th><th class="number">± standard error</th><th class="number">the flow is better by</th></tr></thead>
<tbody>${rows.map(
    ({ model, score, advantage }) => html`<tr${score.mean === best ? html` class="best"` : ''}>
<td><span class="swatch" style="background:${colours[model]}"></span>${labels[model]}</td>
<td class="number">${nats(score.mean)}</td><td class="number">${nats(score.standardError)}</td>
<td class="number">${advantage ? `${nats(advantage.mean)} ± ${nats(advantage.standardError)}` : ''}</td></tr>`,
  )}</tbody></table></div>`;
}

/** The same as a chart. */
export function scorePlate(scores: Scores, labels: Labels, caption: string): Html {
  const dots = standings(scores).map(({ model, score }) => ({
    label: labels[model],
    colour: colours[model],
    ...score,
  }));
  return figure(scoreChart(dots), caption);
}

/** One card: the flow's score, large, against the others. */
export function scoreCard(name: string, scores: Scores, labels: Labels): Html {
  const [flow, ...others] = standings(scores) as [Standing, ...Standing[]];
  return html`<div class="score"><p class="name">${name}</p>
<p class="value">${nats(flow.score.mean)} <small>± ${nats(flow.score.standardError)} nats</small></p>
<p class="against">${others.map(
    ({ model, score }, i) =>
      html`${i > 0 ? ' · ' : 'against '}${labels[model].toLowerCase()} <b>${nats(score.mean)}</b>`,
  )}</p></div>`;
}

/** The two pictures of the latents. */
export function latentPlates(latents: Rows): Html {
  const dimensions = latents[0]!.length;
  return html`<div class="row">${figure(
    coordinates(latents),
    html`All ${latents.length * dimensions} coordinates of <i>z = g(x)</i> for the test rows (bars) under the standard normal density (line). Where the bars follow the line, the flow has turned the data into noise.`,
    'Latents, one number at a time',
  )}${figure(
    lengths(latents),
    html`The lengths |<i>z</i>| of the ${latents.length} latents (bars) against those of normal vectors in ${dimensions} dimensions (line): a test of all coordinates together. Bars to the right are rows that the flow finds less likely than it should.`,
    'Latents, whole vectors',
  )}</div>`;
}

/** Every pair of the first few columns. */
export function pairPlate(
  columns: readonly string[],
  data: Rows,
  samples: Rows,
  what: string,
): Html {
  const shown = columns.slice(0, mostColumns);
  const rest =
    columns.length > mostColumns
      ? ` The first ${mostColumns} of ${columns.length} columns are shown.`
      : '';
  return figure(
    html`${legend([
      ['data', colours.data],
      ['samples of the flow', colours.flow],
    ])}${pairPlot(shown, data, samples)}`,
    `Every pair of columns: ${what} below the diagonal, as many samples of the flow above it, each mirrored in the other; on the diagonal both as histograms.${rest}`,
  );
}

/** The formula by which every density on the page is computed. */
export const changeOfVariables = html`<p class="formula">log <i>p</i>(<i>x</i>) = log <i>N</i>(<i>g</i>(<i>x</i>); 0, <i>I</i>) + log |det ∂<i>g</i>(<i>x</i>)/∂<i>x</i>|</p>`;
