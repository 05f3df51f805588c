import type { Study } from '../studies/study.js';
import { beatsBaselines } from '../studies/verdict.js';
import { html } from './html.js';
import { page } from './page.js';
import { fairBaselines, method, pairPlate } from './parts.js';
import { type RunFacts, runLine } from './runFacts.js';
import { details, type Labels, measured, scoreCard } from './studyParts.js';

/** The report of a flow fitted to a table, perhaps given one of its columns. */
export function fitReport(
  study: Study,
  columns: readonly string[],
  target: string | undefined,
  run: RunFacts,
): string {
  const beats = beatsBaselines(study.scores);
  const blind = target === undefined ? '' : ', without target';
  const labels: Labels = {
    flow: 'flow',
    kernel: `kernel density${blind}`,
    gaussian: `Gaussian${blind}`,
  };
  const given = target === undefined ? '' : `, given ${target}. The baselines do not see ${target}`;
  return page({
    title: `A flow of ${study.name}`,
    header: html`<p class="kicker">pushforward</p>
<h1>A flow of ${study.name}</h1>
<p class="verdict${beats ? '' : ' fails'}">The flow ${beats ? 'beats' : 'does not beat'} both baselines</p>
<p class="lead">The density of ${columns.length} columns${given}.</p>
<div class="scores">${scoreCard(study, labels)}</div>
${runLine(run)}`,
    sections: [
      html`<section><h2>Data and samples</h2>${pairPlate(columns, study.data, study.samples)}</section>`,
      html`<section><h2>How good it is</h2>${measured(study, labels)}</section>`,
      method(fairBaselines),
      details([study]),
    ],
  });
}
