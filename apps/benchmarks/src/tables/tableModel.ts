import {
  loadPreprocessing,
  type Preprocessing,
  Split,
  standardise,
  type Target,
} from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import { buildFlow, type FlowSpec } from '@pushforward/flows';
import {
  DataError,
  type JsonValue,
  Key,
  LoadError,
  load,
  OptionError,
  save,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { logLikelihoods } from '../studies/score.js';

const configSchema = z.strictObject({
  kind: z.literal('table'),
  /** The table that the model was fitted to. */
  table: z.string(),
  columns: z.array(z.string()).min(1),
  /** The column that it is conditional on; classes where its values are names. */
  target: z.strictObject({ name: z.string(), classes: z.array(z.string()).nullable() }).nullable(),
  x: z.json(),
  context: z.json(),
  flow: z.looseObject({ flow: z.string() }),
});

type Config = z.infer<typeof configSchema>;

/** A flow of the columns of a table, perhaps given one of them, in the units of the table. */
export class TableModel {
  private constructor(
    readonly config: Config,
    readonly flow: Pushforward,
    private readonly scale: Preprocessing,
    private readonly contextScale: Preprocessing | undefined,
  ) {}

  /**
   * An untrained model for a table.
   *
   * @param train training rows, with the target apart
   * @param options of the flow, without its sizes
   */
  static create(key: Key, train: Split, options: Pick<FlowSpec, 'flow'>): TableModel {
    const { name, columns, target } = train;
    const conditional = target ? train.given([target.name]) : train;
    const { context } = conditional;
    const isNumber = target !== undefined && target.classes === undefined;
    const spec = { ...options, features: columns.length, context: conditional.contextSize };
    return TableModel.build(key, {
      kind: 'table',
      table: name,
      columns: [...columns],
      target: target
        ? { name: target.name, classes: target.classes ? [...target.classes] : null }
        : null,
      x: standardise(train).toJSON(),
      context: isNumber ? standardise(context!).toJSON() : null,
      flow: spec,
    });
  }

  /** @throws LoadError for a folder without a model, a damaged one, or one of another kind */
  static async load(folder: string): Promise<TableModel> {
    let model: TableModel | undefined;
    try {
      await load(`file://${folder}`, (json) => {
        model = TableModel.build(Key.from(0), configSchema.parse(json));
        return model.flow;
      });
    } catch (error) {
      if (!(error instanceof LoadError || error instanceof z.ZodError)) throw error;
      const reason = error instanceof LoadError ? error.message : z.prettifyError(error);
      throw new LoadError(
        `${folder} holds no whole model of a table, as fit writes it. ${reason}`,
        { cause: error },
      );
    }
    return model!;
  }

  private static build(key: Key, config: Config): TableModel {
    return new TableModel(
      config,
      // buildFlow checks what a file says of a flow.
      buildFlow(key, config.flow as unknown as FlowSpec),
      loadPreprocessing(config.x),
      config.context === null ? undefined : loadPreprocessing(config.context),
    );
  }

  save(folder: string): Promise<void> {
    return save(`file://${folder}`, this.flow, this.config as JsonValue);
  }

  dispose(): void {
    this.flow.dispose();
  }

  /**
   * Rows of a table as the flow sees them.
   *
   * @throws DataError for a table that lacks a column, or holds a class that the model does not know
   */
  encode(table: Split): Split {
    const { columns, target } = this.config;
    const rows = table.select(columns);
    const known = target ? this.withTarget(rows, table.target!) : rows;
    return known.transform({
      x: this.scale,
      ...(this.contextScale && { context: this.contextScale }),
    });
  }

  /** log p of each row, in nats, in the units of the table: the model's own plus log|det| of the standardisation. */
  async logProb(table: Split): Promise<number[]> {
    const own = await logLikelihoods(this.flow, this.encode(table));
    const logDet = this.scale.logDet(table.select(this.config.columns));
    return own.map((value, i) => value + logDet[i]!);
  }

  /** As many draws as there are rows, each for the target of its row; row after row, in the units of the table. */
  async sampleLike(key: Key, encoded: Split): Promise<Float32Array> {
    const draws = tf.tidy(() => {
      const { x, context } = encoded.batch();
      return this.flow.sample(key, context ? [] : [x.shape[0]], context);
    });
    return this.inUnits(draws);
  }

  /** Draws, row after row, in the units of the table. */
  async sample(key: Key, count: number, target?: string): Promise<Float32Array> {
    const context = this.contextOf(target);
    const draws = tf.tidy(() => this.flow.sample(key, [count], context && tf.tensor1d(context)));
    return this.inUnits(draws);
  }

  private async inUnits(draws: tf.Tensor): Promise<Float32Array> {
    const x = (await draws.data()) as Float32Array;
    draws.dispose();
    return this.scale.undo({ x, features: this.config.columns.length });
  }

  private withTarget(rows: Split, target: Target): Split {
    const { name, classes } = this.config.target!;
    if ((classes === null) !== (target.classes === undefined))
      throw new DataError(
        `${rows.name}: the model takes '${name}' as ${classes ? 'a class' : 'a number'}, but here it is ${classes ? 'a number' : 'a class'}.`,
      );
    const known: Target = classes
      ? {
          name,
          classes,
          values: target.values.map((value) => this.classIndex(target.classes![value]!)),
        }
      : target;
    const { x, columns, name: table, source } = rows;
    return new Split({ x, columns, name: table, source, target: known }).given([name]);
  }

  /** What the flow is told for one value of the target. */
  private contextOf(target: string | undefined): number[] | undefined {
    const column = this.config.target;
    if (column === null) {
      if (target !== undefined)
        throw new OptionError('This model is not conditional on a column: leave --target out.');
      return undefined;
    }
    const { name, classes } = column;
    if (target === undefined)
      throw new OptionError(
        `This model is conditional on '${name}': say for which value with --target.`,
      );
    if (classes) {
      const index = this.classIndex(target);
      return classes.map((_, i) => Number(i === index));
    }
    const value = Number(target);
    if (target.trim() === '' || !Number.isFinite(value))
      throw new OptionError(`--target is a value of '${name}', a number; got '${target}'.`);
    return [...this.contextScale!.apply({ x: Float32Array.of(value), features: 1 })];
  }

  private classIndex(label: string): number {
    const { name, classes } = this.config.target!;
    const index = classes!.indexOf(label);
    if (index < 0)
      throw new DataError(
        `The model knows no '${label}' of '${name}'; it knows ${classes!.join(', ')}.`,
      );
    return index;
  }
}
