import { OptionError } from '@pushforward/tensors';
import type { LatentVariableModel } from '@pushforward/vae';
import { HybridModel } from '../model.js';

/** The model, which must be a hybrid one. */
export function hybridOf(where: string, model: LatentVariableModel): HybridModel {
  if (!(model instanceof HybridModel))
    throw new OptionError(
      `${where}: this objective is for hybrid models, got ${model.constructor.name}.`,
    );
  return model;
}
