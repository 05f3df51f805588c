import { imageGrid } from '../charts/images.js';
import type { Rows } from '../charts/pairs.js';
import type { Study } from '../studies/study.js';
import { beatsBaselines } from '../studies/verdict.js';
import { type Html, html } from './html.js';
import { figure, page } from './page.js';
import { fairBaselines, method, pairPlate } from './parts.js';
import { type RunFacts, runLine } from './runFacts.js';
import { details, type Labels, measured, scoreCard } from './studyParts.js';

const labels: Labels = {
  flow: 'neural spline flow',
  kernel: 'kernel density',
  gaussian: 'Gaussian',
};

/** The report of the main job. */
export function startReport(digits: Study, iris: Study, run: RunFacts): string {
  return page({
    title: 'A neural spline flow of digits and of irises',
    header: header(digits, iris, run),
    sections: [
      method(fairBaselines),
      digitsSection(digits),
      irisSection(iris),
      details([digits, iris]),
    ],
  });
}

function header(digits: Study, iris: Study, run: RunFacts): Html {
  const beaten = [digits, iris].filter(({ scores }) => beatsBaselines(scores));
  const verdict =
    beaten.length === 2
      ? 'beats both baselines on both data sets'
      : beaten.length === 0
        ? 'beats both baselines on neither data set'
        : `beats both baselines on ${beaten[0]!.name} only`;
  return html`<p class="kicker">pushforward</p>
<h1>A neural spline flow of handwritten digits and of irises</h1>
<p class="verdict${beaten.length === 2 ? '' : ' fails'}">The flow ${verdict}</p>
<p class="lead">A normalizing flow is an invertible map, learned from data, that turns the data into normal noise. It gives every image and every flower a probability density and, run backwards on fresh noise, draws new images and new flowers.</p>
<div class="scores">${[digits, iris].map((study) => scoreCard(study, labels))}</div>
${runLine(run)}`;
}

function digitsSection(study: Study): Html {
  const grid = (title: string, rows: Rows) =>
    html`<div><h3>${title}</h3>${imageGrid(
      rows.map((row) => row.map((level) => level / 16)),
      { height: 8, width: 8, perRow: 10, label: title },
    )}</div>`;
  return html`<section><h2>Digits</h2>
<p>Handwritten digits of 8 × 8 pixels, and digits that the flow has drawn. It was told nothing about images: neither which pixels are neighbours nor that there are ten digits.</p>
${figure(
  html`<div class="beside">${grid('Data', study.data)}${grid('Samples of the flow', study.samples)}</div>`,
  html`Data: the first ${study.data.length} test images. Samples: the first ${study.samples.length} draws <i>z</i> ~ <i>N</i>(0, <i>I</i>), each mapped through the inverse of the flow. Nothing is picked by hand.`,
)}
${measured(study, labels, ' Each epoch shows it the training images with new noise.')}</section>`;
}

function irisSection(study: Study): Html {
  const columns = ['sepal length', 'sepal width', 'petal length', 'petal width'];
  return html`<section><h2>Iris</h2>
<p>Four lengths, in cm, of flowers of three species; the flow is not told the species. One flow is trained for each of ${study.curves.length} folds and judged on the flowers of its own fold, so that each flower is a test flower once.</p>
${pairPlate(columns, study.data, study.samples)}
${measured(study, labels, ' Each epoch shows it the training flowers with new noise.')}</section>`;
}
