export { Adam, type AdamOptions } from './adam.js';
export { clipByGlobalNorm } from './clip.js';
export { type FitResult, fit } from './fit.js';
export type { StopReason } from './loop.js';
export type { FitData, FitOptions, TrainingData } from './options.js';
export type { Plan, Progress, StepReport } from './progress.js';
export { constant, cosine, exponential, type Schedule, warmUp } from './schedules.js';
export { type Terminal, terminalProgress } from './terminal.js';
