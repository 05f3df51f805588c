import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { constant, Module, parameter, state } from './module.js';

class Layer extends Module {
  private readonly weight = parameter(() => tf.ones([2, 2]));
  readonly mask = constant(() => tf.mul(tf.ones([2, 2]), 2));
  protected readonly mean = state(() => tf.zeros([2]));

  get weights(): tf.Variable {
    return this.weight;
  }
}

class Net extends Module {
  readonly name = 'net';
  readonly sizes = [[2, 2], [2]];
  readonly missing = null;
  readonly layers: Layer[];
  readonly pairs: [Layer, tf.Variable][];
  readonly tied: tf.Variable;
  readonly self: Net;

  constructor(readonly shared: Layer) {
    super();
    this.layers = [new Layer(), shared];
    this.pairs = [[shared, parameter(() => tf.scalar(1))]];
    this.tied = shared.weights;
    this.self = this;
  }
}

onEachEngine(() => {
  it('finds variables by path, in the order of definition, each once', () => {
    const net = new Net(new Layer());
    expect([...net.namedVariables().keys()]).toEqual([
      'shared.weight',
      'shared.mean',
      'layers.0.weight',
      'layers.0.mean',
      'pairs.0.1',
    ]);
    expect([...net.namedParameters().keys()]).toEqual([
      'shared.weight',
      'layers.0.weight',
      'pairs.0.1',
    ]);
    expect(net.parameters()).toEqual([...net.namedParameters().values()]);
    expect(net.parameters()[0]).toBe(net.shared.weights);
    net.dispose();
  });

  it('tells trained from saved by the flag of the variable', () => {
    const layer = new Layer();
    layer.weights.trainable = false;
    expect(layer.parameters()).toEqual([]);
    expect(layer.namedVariables().size).toBe(2);
    layer.dispose();
  });

  it('dispose frees every variable and constant, twice without harm', () => {
    expectNoLeak(() => {
      const net = new Net(new Layer());
      net.dispose();
      net.dispose();
      net.shared.dispose();
    });
  });

  it('variables and constants outlive the tidy they are made in; what they are made from does not', () => {
    const before = tf.memory().numTensors;
    let layer: Layer | undefined;
    tf.tidy(() => {
      layer = new Layer();
    });
    expect(tf.memory().numTensors - before).toBe(3);
    expect([...layer!.mask.dataSync()]).toEqual([2, 2, 2, 2]);
    layer!.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a variable holds a copy, and leaves its start to the caller', () => {
    const start = tf.tensor1d([1, 2]);
    const variable = parameter(start);
    variable.assign(tf.tensor1d([3, 4]));
    expect(start).toBeAllClose([1, 2], {});
    variable.dispose();
    expect(start.isDisposed).toBe(false);
  });

  it('training through the parameters changes the module', () => {
    const layer = new Layer();
    const loss = () => tf.sum<tf.Scalar>(tf.square(tf.mul(layer.weights, layer.mask)));
    const optimizer = tf.train.sgd(0.125);
    optimizer.minimize(loss, false, layer.parameters());
    // d/dw (2w)^2 = 8w: one step takes w = 1 to 0.
    expect(layer.weights).toBeAllClose(
      [
        [0, 0],
        [0, 0],
      ],
      {},
    );
    layer.dispose();
  });
});
