import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach } from 'vitest';
import { Module, parameter } from '../../module/module.js';
import { load, save } from '../save.js';

class Weights extends Module {
  readonly weight;

  constructor(value: number) {
    super();
    this.weight = parameter(tf.fill([100], value));
  }

  get value(): number {
    return this.weight.dataSync()[0]!;
  }
}

/** A folder that is not there yet, another one for every test, and a small model to save in it. */
export interface ModelFolder {
  readonly folder: string;
  /** Where {@link write} saves and {@link saved} looks. */
  url: string;
  /** Saves a model of this value. */
  write(value: number): Promise<void>;
  /** The value and the config of the saved model. */
  saved(): Promise<[value: number, config: unknown]>;
}

export function modelFolder(): ModelFolder {
  const model = { folder: '', url: '', write, saved };
  beforeEach(async () => {
    model.folder = join(await mkdtemp(join(tmpdir(), 'pushforward-')), 'models', 'line');
    model.url = `file://${model.folder}`;
  });
  afterEach(() => rm(join(model.folder, '..', '..'), { recursive: true, force: true }));
  return model;

  async function saved(): Promise<[value: number, config: unknown]> {
    let found: unknown;
    const module = await load(model.url, (config) => {
      found = config;
      return new Weights(0);
    });
    const { value } = module;
    module.dispose();
    return [value, found];
  }

  async function write(value: number): Promise<void> {
    const module = new Weights(value);
    try {
      await save(model.url, module, { value });
    } finally {
      module.dispose();
    }
  }
}
