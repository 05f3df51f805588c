import type { Split } from '@pushforward/datasets';
import type { FlowSpec } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { baselines } from '../studies/baselines.js';
import { type Control, latentsOf, learn, type Recipe } from '../studies/learn.js';
import { logLikelihoods } from '../studies/score.js';
import { parameterCount, type Study, toRows } from '../studies/study.js';
import { TableModel } from './tableModel.js';

/** Most rows in a picture. */
const shown = 500;

/**
 * Fits a flow to a table and holds it against the baselines on a tenth of the rows.
 *
 * @returns the model, which is the caller's to dispose, and what was found
 */
export async function tableStudy(
  key: Key,
  table: Split,
  spec: Pick<FlowSpec, 'flow'>,
  recipe: Recipe,
  control: Control,
): Promise<{ model: TableModel; study: Study }> {
  const started = performance.now();
  const [forCut, forModel, forTraining, forSamples] = key.split(4);
  const cut = table.partition(forCut, { validation: 0.15, test: 0.15 });
  const model = TableModel.create(forModel, cut.train, spec);
  try {
    const parts = {
      train: model.encode(cut.train),
      validation: model.encode(cut.validation),
      test: model.encode(cut.test),
    };
    const curve = await learn(forTraining, model.flow, parts, recipe, control);
    const { bandwidth, ...scores } = await baselines(parts);
    const few = table.slice(0, Math.min(shown, table.length));
    const study: Study = {
      name: table.name,
      source: table.source,
      space: 'every column standardised',
      cut: `${cut.train.length} rows to learn from, ${cut.validation.length} to stop by, ${cut.test.length} to judge by`,
      spec: model.config.flow as unknown as FlowSpec,
      parameters: parameterCount(model.flow),
      scores: { flow: await logLikelihoods(model.flow, parts.test), ...scores },
      curves: [{ label: table.name, ...curve }],
      latents: await latentsOf(model.flow, parts.test),
      data: toRows(few.x, few.features),
      samples: toRows(await model.sampleLike(forSamples, model.encode(few)), few.features),
      bandwidths: [bandwidth],
      seconds: (performance.now() - started) / 1000,
    };
    return { model, study };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
