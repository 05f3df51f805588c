import { Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { cellFilter } from './cellFilter.js';

onEachEngine(() => {
  it('changes a cell by what it has been through, all cells alike, from nothing on', () => {
    const [times, count, size, latent] = [3, 6, 2, 1];
    const outputs = times * count * size;
    const sizes = { inputs: outputs + count * size + latent, outputs };
    const filter = cellFilter([count, size], [5])(Key.from(1), sizes);
    const states = Key.from(2).normal([4, times + 1, count, size]);
    const za = Key.from(3).normal([4, latent]);
    const added = (states: tf.Tensor, za: tf.Tensor) =>
      tf.reshape(filter.apply(tf.concat([tf.reshape(states, [4, -1]), za], 1)), [
        ...[4, times, count, size],
      ]);
    expect(added(states, za)).toBeAllClose(0, {});
    for (const [i, weights] of filter.parameters().entries())
      weights.assign(Key.from(4).foldIn(i).normal(weights.shape));

    const told = added(states, za);
    // The cells in another order, and so is what is added to them.
    const order = [3, 1, 5, 0, 2, 4];
    expect(added(tf.gather(states, order, 2), za)).toBeAllClose(tf.gather(told, order, 2), {
      abs: 1e-5,
    });
    // One cell is moved at one time: at all times of that cell alone what is added changes.
    const bump = tf.buffer([4, times + 1, count, size]);
    bump.set(1, 2, 1, 3, 0);
    const change = tf.abs(tf.sub(added(tf.add(states, bump.toTensor()), za), told));
    const changed = tf.max(change, 3).arraySync() as number[][][];
    for (const [n, row] of changed.entries())
      for (const cells of row)
        for (const [cell, moved] of cells.entries())
          expect(moved > 1e-5).toBe(n === 2 && cell === 3);
    expect(added(states, tf.add(za, 1))).not.toBeAllClose(told, { abs: 1e-3 });
    const zeros = tf.zeros([4, sizes.inputs]);
    expectNoLeak(() => filter.apply(zeros));
  });
});
