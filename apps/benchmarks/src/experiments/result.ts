import { z } from 'zod';

const row = z.strictObject({
  /** What was measured on what: `MNIST, Gaussian`. */
  label: z.string().min(1),
  /** The name and unit of the value: `test log-likelihood, nats`. */
  metric: z.string().min(1),
  value: z.number(),
  standardError: z.number().nonnegative().nullable(),
  /** The figure in the literature, where there is one. */
  published: z.number().nullable(),
  /** Its error as printed there. */
  publishedError: z.number().nonnegative().nullable(),
  /** Whether ours and theirs measure the same thing on the same data. */
  comparable: z.boolean(),
  note: z.string(),
});

const check = z.strictObject({
  /** A statement of the source, in our words. */
  claim: z.string().min(1),
  value: z.number(),
  threshold: z.number(),
  holds: z.boolean(),
});

/** What one run of an experiment found: the content of `result.json`. */
export const resultSchema = z.strictObject({
  experiment: z.string().min(1),
  source: z.strictObject({ document: z.string().min(1), item: z.string().min(1) }),
  scale: z.enum(['quick', 'full']),
  engine: z.string().min(1),
  seed: z.int(),
  seconds: z.number().nonnegative(),
  rows: z.array(row).min(1),
  checks: z.array(check).min(1),
});

export type Result = z.infer<typeof resultSchema>;
export type Row = z.infer<typeof row>;
export type Check = z.infer<typeof check>;
