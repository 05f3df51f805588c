import type { Workload } from './workloads.js';

/** Batches that are cycled through. */
export const BATCHES = 8;

/** Uniform numbers in [0, 1) of mulberry32. */
export class Uniform {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    const a = this.state;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}

/** The rows of all batches, one after the other. */
export function rowsOf({ data, features, batch }: Workload): Float32Array {
  const count = BATCHES * batch;
  switch (data) {
    case 'ring':
      return ring(count);
    case 'chain':
      return chain(count, features);
    case 'circles':
      return circles(count);
    case 'pendulum':
      return pendulums(count);
  }
}

/** Eight Gaussians of deviation 0.2 on a circle of radius 2, all divided by 1.5. */
function ring(count: number): Float32Array {
  const uniform = new Uniform(7);
  const angles = Array.from(
    { length: count },
    () => (Math.floor(8 * uniform.next()) * Math.PI) / 4,
  );
  return Float32Array.from(
    angles.flatMap((angle) => [
      (2 * Math.cos(angle) + 0.2 * uniform.normal()) / 1.5,
      (2 * Math.sin(angle) + 0.2 * uniform.normal()) / 1.5,
    ]),
  );
}

/** x_0 = z_0, x_j = 0.6 z_j + 0.8 sin(1.5 x_{j-1}) with normal z. */
function chain(count: number, features: number): Float32Array {
  const uniform = new Uniform(7);
  const rows = new Float32Array(count * features);
  for (let row = 0; row < count; row++) {
    let before = 0;
    for (let j = 0; j < features; j++) {
      const z = uniform.normal();
      before = j === 0 ? z : 0.6 * z + 0.8 * Math.sin(1.5 * before);
      rows[row * features + j] = before;
    }
  }
  return rows;
}

/** Circles of a line three pixels wide, their centres and radii anywhere, on 28 x 28 pixels. */
function circles(count: number): Float32Array {
  const uniform = new Uniform(7);
  const edge = 28;
  const images = new Float32Array(count * edge ** 2);
  for (let image = 0; image < count; image++) {
    const [row, column] = [8 + 12 * uniform.next(), 8 + 12 * uniform.next()];
    const radius = 4 + 4 * uniform.next();
    for (let i = 0; i < edge; i++)
      for (let j = 0; j < edge; j++)
        if (Math.abs(Math.sqrt((i - row) ** 2 + (j - column) ** 2) - radius) < 1.6)
          images[image * edge ** 2 + i * edge + j] = 1;
  }
  return images;
}

/** Pendulums with friction: angles and speeds of 21 states, a tenth of a second apart, by RK4 in hundredths. */
function pendulums(count: number): Float32Array {
  const uniform = new Uniform(7);
  const rows = new Float32Array(count * 42);
  for (let row = 0; row < count; row++) {
    let angle = 1.5 * (2 * uniform.next() - 1);
    let speed = 0.5 * (2 * uniform.next() - 1);
    const square = 1 + 3 * uniform.next();
    const bend = (angle: number, speed: number) => -square * Math.sin(angle) - 0.3 * speed;
    const h = 0.01;
    for (let step = 0; step <= 200; step++) {
      if (step % 10 === 0) rows.set([angle, speed], row * 42 + step / 5);
      const [a1, b1] = [speed, bend(angle, speed)];
      const [a2, b2] = [speed + (h / 2) * b1, bend(angle + (h / 2) * a1, speed + (h / 2) * b1)];
      const [a3, b3] = [speed + (h / 2) * b2, bend(angle + (h / 2) * a2, speed + (h / 2) * b2)];
      const [a4, b4] = [speed + h * b3, bend(angle + h * a3, speed + h * b3)];
      angle += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
      speed += (h / 6) * (b1 + 2 * b2 + 2 * b3 + b4);
    }
  }
  return rows;
}
