import * as tf from '@tensorflow/tfjs';
import { constant, Module, parameter, state } from '../../module/module.js';

export class Layer extends Module {
  readonly weight;
  readonly bias = tf.tidy(() => parameter(tf.zeros([2])));

  constructor(inputs: number) {
    super();
    this.weight = tf.tidy(() => parameter(tf.ones([inputs, 2])));
  }
}

export class Model extends Module {
  readonly layers: Layer[];
  readonly step = tf.tidy(() => state(tf.scalar(0, 'int32')));
  readonly seen = tf.tidy(() => state(tf.tensor1d([false, false, false], 'bool')));
  readonly mask = constant(() => tf.ones([2]));

  constructor(...inputs: number[]) {
    super();
    this.layers = inputs.map((size) => new Layer(size));
  }
}

/** A model none of whose numbers are those that it starts with. */
export function trained(): Model {
  const model = new Model(3, 2);
  tf.tidy(() => {
    model.layers[0]!.weight.assign(
      tf.tensor2d([
        [1, 2],
        [Number.NaN, -0],
        [3e-40, 3e38],
      ]),
    );
    model.layers[1]!.bias.assign(tf.tensor1d([Number.POSITIVE_INFINITY, 7]));
    model.step.assign(tf.scalar(-(2 ** 31), 'int32'));
    model.seen.assign(tf.tensor1d([true, false, true], 'bool'));
  });
  return model;
}

export function valuesOf(module: Module): [string, string, number[], number[]][] {
  return [...module.namedVariables()].map(([name, it]) => [
    name,
    it.dtype,
    it.shape,
    Array.from(it.dataSync()),
  ]);
}

/** A handler that keeps what it is given, as bytes and JSON like any real one. */
export function memory() {
  let kept: string | undefined;
  let bytes: Uint8Array | undefined;
  const handler = {
    save({ weightData, ...rest }: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
      kept = JSON.stringify(rest);
      bytes = new Uint8Array(weightData as ArrayBuffer).slice();
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    },
    load(): Promise<tf.io.ModelArtifacts> {
      const rest = JSON.parse(kept!) as tf.io.ModelArtifacts;
      // In two pieces, as downloads may come.
      return Promise.resolve({
        ...rest,
        weightData: [bytes!.slice(0, 11).buffer, bytes!.slice(11).buffer],
      });
    },
  };
  return handler;
}
