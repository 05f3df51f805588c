/** How the time of a training step grows with the batch and with the number of layers. */
import { contender } from './processes.js';
import { type Workload, workloads } from './workloads.js';

/** One curve: the least time of a step at each size, all else as the workload says. */
export interface Curve {
  readonly workload: string;
  readonly engine: string;
  readonly along: 'batch' | 'layers';
  readonly points: readonly { readonly size: number; readonly trainMinMs: number }[];
}

const sizes = {
  batch: [128, 256, 512, 1024, 2048, 4096],
  layers: [1, 2, 4, 8, 16],
} as const;

/** Both curves of the middle workload on ONNX Runtime, the sizes of each taking turns. */
export async function curves(rounds: number, seconds: number): Promise<Curve[]> {
  const [engine, workload] = ['onnx' as const, workloads.find(isMiddle)!];
  const { run } = contender(engine, seconds);
  const least = async (along: Curve['along']) => {
    const points = sizes[along].map((size) => ({ size, trainMinMs: Number.POSITIVE_INFINITY }));
    for (let round = 0; round < rounds; round++)
      for (const point of points) {
        const { trainMinMs } = await run({ ...workload, [along]: point.size });
        point.trainMinMs = Math.min(point.trainMinMs, trainMinMs);
      }
    return { workload: workload.name, engine, along, points };
  };
  return [await least('batch'), await least('layers')];
}

function isMiddle({ name }: Workload): boolean {
  return name === 'maf-power';
}
