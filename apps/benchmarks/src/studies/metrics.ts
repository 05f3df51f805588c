import type { RunFacts } from '../report/runFacts.js';
import type { Study } from './study.js';
import { beatsBaselines, standings } from './verdict.js';

/** The numbers of the report, for machines: the content of `metrics.json`. */
export function metricsOf(studies: readonly Study[], run: RunFacts): string {
  const metrics = {
    ...run,
    unit: 'nats',
    studies: studies.map((study) => ({
      name: study.name,
      source: study.source,
      space: study.space,
      cut: study.cut,
      flow: study.spec,
      parameters: study.parameters,
      testRows: study.scores.flow.length,
      beatsBaselines: beatsBaselines(study.scores),
      models: standings(study.scores).map(({ model, score, advantage }) => ({
        model,
        ...score,
        ...(advantage && { flowIsBetterBy: advantage }),
      })),
      bandwidths: study.bandwidths,
      learning: study.curves,
      seconds: study.seconds,
    })),
  };
  return `${JSON.stringify(metrics, undefined, 2)}\n`;
}
