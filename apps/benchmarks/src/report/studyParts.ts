import { learningCurves } from '../charts/curves.js';
import { scoreChart } from '../charts/scores.js';
import { estimate } from '../studies/score.js';
import type { Scores, Study } from '../studies/study.js';
import { type Standing, standings } from '../studies/verdict.js';
import { type Html, html } from './html.js';
import { nats } from './numbers.js';
import { figure } from './page.js';
import { latentPlates } from './parts.js';
import { colours } from './style.js';

/** What the models are called. */
export type Labels = Readonly<Record<keyof Scores, string>>;

/** All that was measured of a study: the table, the scores, learning, the latents. */
export function measured(study: Study, labels: Labels, note = ''): Html {
  return html`${scoreTable(study, labels)}
<div class="row">${scorePlate(study, labels)}${curvePlate(study, note)}</div>
${latentPlates(study.latents)}`;
}

/** One card: the flow's score, large, against the others. */
export function scoreCard({ name, scores }: Study, labels: Labels): Html {
  const [flow, ...others] = standings(scores) as [Standing, ...Standing[]];
  return html`<div class="score"><p class="name">${name}: mean log-likelihood of test rows</p>
<p class="value">${nats(flow.score.mean)} <small>± ${nats(flow.score.standardError)} nats</small></p>
<p class="against">${others.map(
    ({ model, score }, i) =>
      html`${i > 0 ? ' · ' : 'against '}${labels[model]} <b>${nats(score.mean)}</b>`,
  )}</p></div>`;
}

/** How the studies were run, side by side. */
export function details(studies: readonly Study[]): Html {
  const row = (name: string, value: (study: Study) => string | number) =>
    html`<tr><td>${name}</td>${studies.map((study) => html`<td>${value(study)}</td>`)}</tr>`;
  return html`<section><h2>How it was run</h2>
<div class="table"><table><thead><tr><th></th>${studies.map(({ name }) => html`<th>${name}</th>`)}</tr></thead><tbody>
${row('data', ({ source }) => source)}
${row('space', ({ space }) => space)}
${row('cut', ({ cut }) => cut)}
${row('flow', ({ spec }) => describe(spec))}
${row('weights', ({ parameters }) => parameters.toLocaleString('en'))}
${row('epochs', ({ curves }) => curves[0]!.train.length)}
${row('width of the kernels', ({ bandwidths }) => bandwidths.map((h) => h.toFixed(2)).join(', '))}
${row('time', ({ seconds }) => `${seconds.toFixed(0)} s`)}
</tbody></table></div></section>`;
}

/** A flow as its name and the options that were given. */
function describe({ flow, features, ...options }: Study['spec']): string {
  const given = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  return `${flow} (${[`features ${features}`, ...given].join('; ')})`;
}

function scoreTable({ scores, space }: Study, labels: Labels): Html {
  const rows = standings(scores);
  const best = Math.max(...rows.map(({ score }) => score.mean));
  return html`<div class="table"><table>
<caption>Mean log-likelihood of ${scores.flow.length} test rows, in nats; all models are measured in the same space: ${space}. The last column is the mean difference, row by row, with its standard error.</caption>
<thead><tr><th>model</th><th class="number">log-likelihood</th><th class="number">± standard error</th><th class="number">the flow is better by</th></tr></thead>
<tbody>${rows.map(
    ({ model, score, advantage }) => html`<tr${score.mean === best ? html` class="best"` : ''}>
<td><span class="swatch" style="background:${colours[model]}"></span>${labels[model]}</td>
<td class="number">${nats(score.mean)}</td><td class="number">${nats(score.standardError)}</td>
<td class="number">${advantage ? `${nats(advantage.mean)} ± ${nats(advantage.standardError)}` : ''}</td></tr>`,
  )}</tbody></table></div>`;
}

function scorePlate({ scores }: Study, labels: Labels): Html {
  const dots = standings(scores).map(({ model, score }) => ({
    label: labels[model],
    colour: colours[model],
    ...score,
  }));
  return figure(
    scoreChart(dots),
    'The means of the table, with two standard errors either side.',
    'Likelihood of test rows',
  );
}

function curvePlate({ curves, scores }: Study, note: string): Html {
  const several = curves.length > 1;
  const lines = several ? `Mean loss of the ${curves.length} flows` : 'Loss';
  const dots = several
    ? 'thin lines are the validation losses of each flow, dots the weights that were kept'
    : 'the dot marks the weights that were kept';
  return figure(
    learningCurves(curves, { label: 'kernel density', loss: -estimate(scores.kernel).mean }),
    `${lines} on training rows (light) and on validation rows (dark), epoch by epoch; ${dots}.${note} Dashed: the kernel density on test rows.`,
    'Learning',
  );
}
