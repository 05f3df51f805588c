import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onEachEngine, onTensorFlow } from './index.js';

const seen: string[] = [];

onEachEngine((engine) => {
  it('is in use', () => {
    expect(tf.getBackend()).toBe(engine);
    expect(tf.add(1, 1)).toBeAllClose(2, {});
    seen.push(engine);
  });
});

onTensorFlow(() => {
  it('is one of them', () => {
    expect(seen).toContain('tensorflow');
  });
});

describe('onEachEngine', () => {
  it('has run on cpu and wasm, and is back on cpu', () => {
    expect(seen.slice(0, 2)).toEqual(['cpu', 'wasm']);
    expect(tf.getBackend()).toBe('cpu');
  });
});
