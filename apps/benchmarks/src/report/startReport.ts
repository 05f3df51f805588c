import { learningCurves } from '../charts/curves.js';
import { imageGrid } from '../charts/images.js';
import { estimate } from '../studies/score.js';
import type { Study } from '../studies/study.js';
import { beatsBaselines } from '../studies/verdict.js';
import { type Html, html } from './html.js';
import { facts, figure, page } from './page.js';
import {
  changeOfVariables,
  type Labels,
  latentPlates,
  pairPlate,
  scoreCard,
  scorePlate,
  scoreTable,
} from './parts.js';

/** What the page says of the run as a whole. */
export interface RunFacts {
  readonly engine: string;
  readonly seed: number;
  readonly seconds: number;
  readonly date: string;
}

const labels: Labels = {
  flow: 'Neural spline flow',
  kernel: 'Kernel density',
  gaussian: 'Gaussian',
};

/** The report of the main job. */
export function startReport(digits: Study, iris: Study, run: RunFacts): string {
  return page({
    title: 'A neural spline flow of digits and of irises',
    header: header(digits, iris, run),
    sections: [method(), digitsSection(digits), irisSection(iris), details(digits, iris)],
  });
}

function header(digits: Study, iris: Study, run: RunFacts): Html {
  const beaten = [digits, iris].filter(({ scores }) => beatsBaselines(scores));
  const verdict =
    beaten.length === 2
      ? 'beats both baselines on both data sets'
      : beaten.length === 0
        ? 'does not beat both baselines on either data set'
        : `beats both baselines on ${beaten[0]!.name} only`;
  return html`<p class="kicker">pushforward</p>
<h1>A neural spline flow of handwritten digits and of irises</h1>
<p class="verdict${beaten.length === 2 ? '' : ' fails'}">The flow ${verdict}</p>
<p class="lead">A normalizing flow is an invertible map, learned from data, that turns the data into normal noise. It gives every image and every flower a probability density, and, run backwards on fresh noise, new images and new flowers.</p>
<div class="scores">${[digits, iris].map(({ name, scores }) => scoreCard(`${name}: mean log-likelihood of test rows`, scores, labels))}</div>
${facts([
  ['engine', run.engine],
  ['seed', run.seed],
  ['time', `${run.seconds.toFixed(0)} s`],
  ['date', run.date],
])}`;
}

function method(): Html {
  return html`<section><h2>What is measured</h2>
<p>The flow <i>g</i> maps a row <i>x</i> to a latent <i>z</i> = <i>g</i>(<i>x</i>). If <i>z</i> is standard normal, the density of <i>x</i> is</p>
${changeOfVariables}
<p>and training makes the training rows as likely as possible. What counts is how likely the model finds rows that it has never seen: the mean of log <i>p</i>(<i>x</i>) over test rows, in nats. One nat more means that the test rows are, on average, <i>e</i> times as likely. A Gaussian with the mean and covariance of the data and a kernel density, a small Gaussian around every known row, are the baselines; both are fitted to all rows that are not test rows, and the width of the kernels is the one best on validation rows.</p></section>`;
}

function digitsSection(study: Study): Html {
  const grid = (rows: Study['data'], label: string) =>
    imageGrid(
      rows.map((row) => row.map((level) => level / 16)),
      { height: 8, width: 8, perRow: 10, label },
    );
  return html`<section><h2>Digits</h2>
<p>${study.data.length} of the test images, and ${study.samples.length} images that the flow has drawn. It was told nothing of images: neither which pixels are neighbours nor that there are ten digits.</p>
${figure(
  html`<div class="beside"><div><h3>Data</h3>${grid(study.data, 'Handwritten digits')}</div><div><h3>Samples of the flow</h3>${grid(study.samples, 'Digits drawn by the flow')}</div></div>`,
  'Left: handwritten digits of 8 × 8 pixels that were kept from the flow. Right: draws z ~ N(0, I), mapped through the inverse of the flow.',
)}
${scoreTable(study.scores, labels, scoreCaption(study))}
${scorePlate(study.scores, labels, 'Means with two standard errors either side.')}
<div class="row">${figure(learningCurves(study.curves, kernelLoss(study)), curveCaption(study), 'Learning')}</div>
${latentPlates(study.latents)}</section>`;
}

function irisSection(study: Study): Html {
  const columns = ['sepal length', 'sepal width', 'petal length', 'petal width'];
  return html`<section><h2>Iris</h2>
<p>Four lengths, in cm, of ${study.data.length} flowers of three species; the flow is not told which species a flower belongs to. One flow is trained for each of five folds, and each judged on the flowers of its own fold, so that every flower is a test flower once.</p>
${pairPlate(columns, study.data, study.samples, `the ${study.data.length} flowers`)}
${scoreTable(study.scores, labels, scoreCaption(study))}
${scorePlate(study.scores, labels, 'Means with two standard errors either side.')}
<div class="row">${figure(learningCurves(study.curves, kernelLoss(study)), curveCaption(study), 'Learning')}</div>
${latentPlates(study.latents)}</section>`;
}

function kernelLoss({ scores }: Study) {
  return { label: 'kernel density on test rows', loss: -estimate(scores.kernel).mean };
}

function scoreCaption({ space, scores }: Study): string {
  return `Mean log-likelihood of ${scores.flow.length} test rows, in nats; all models are measured in the same space: ${space}. The last column is the mean difference row by row, with its standard error.`;
}

function curveCaption({ curves }: Study): string {
  const lines = curves.length === 1 ? 'Loss' : `Loss of each of ${curves.length} flows`;
  return `${lines} on training rows (light) and on validation rows (dark) after each epoch; the dots mark the weights that were kept. The training rows carry new noise in every epoch. Dashed: the kernel density.`;
}

function details(...studies: Study[]): Html {
  const rows = (name: string, value: (study: Study) => string | number) =>
    html`<tr><td>${name}</td>${studies.map((study) => html`<td>${value(study)}</td>`)}</tr>`;
  return html`<section><h2>How it was run</h2>
<div class="table"><table><thead><tr><th></th>${studies.map(({ name }) => html`<th>${name}</th>`)}</tr></thead><tbody>
${rows('data', ({ source }) => source)}
${rows('space', ({ space }) => space)}
${rows('cut', ({ cut }) => cut)}
${rows('flow', ({ spec }) => `${spec.flow}: ${spec.transforms!} transforms, hidden layers of ${spec.hidden!.join(' and ')}, ${'bins' in spec ? spec.bins! : 0} bins`)}
${rows('weights', ({ parameters }) => parameters.toLocaleString('en'))}
${rows('epochs', ({ curves }) => curves[0]!.train.length)}
${rows('width of the kernels', ({ bandwidths }) => bandwidths.map((h) => h.toFixed(2)).join(', '))}
${rows('time', ({ seconds }) => `${seconds.toFixed(0)} s`)}
</tbody></table></div></section>`;
}
