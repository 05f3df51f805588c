/** Loops within a program: their bodies are programs of their own, and passes see them when they are handed them. */
import { node, outputsOf, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { carriedBy, isLoop, isStacked, type Loop, relooped } from '../graph/turns.js';
import { uniformNumber } from './aliases.js';

/** A pass that goes over the bodies of loops, too. */
export function everywhere(pass: (program: Program) => Program): (program: Program) => Program {
  return (program) =>
    rewrite(pass(program), (loop) =>
      isLoop(loop) ? relooped(loop, everywhere(pass)(loop.body), loop.inputs).outputs : undefined,
    );
}

/** Loops compute no sum and no stack that nobody needs, know the numbers that are known outside, and take in what else they need. */
export function withTrimmedLoops(program: Program): Program {
  const needed = new Set([...program.nodes.flatMap(({ inputs }) => inputs), ...outputsOf(program)]);
  const isNeeded = new Map(
    program.nodes
      .filter(isLoop)
      .map((loop) => [
        loop.body,
        loop.outputs.map((output, i) => i < carriedBy(loop) || needed.has(output)),
      ]),
  );
  return rewrite(program, (loop) =>
    isLoop(loop) ? trimmed(loop, isNeeded.get(loop.body)!) : undefined,
  );
}

function trimmed(loop: Loop, isNeeded: readonly boolean[]): readonly Value[] {
  const { inputs } = loop;
  const known = loop.body.arguments.flatMap((argument, i) => {
    const changes = i < carriedBy(loop) || isStacked(loop, i);
    const inside = changes ? undefined : knownNumbers(inputs[i]!);
    return inside === undefined ? [] : [[argument, inside] as const];
  });
  const results = loop.body.results.filter((_, i) => isNeeded[i]);
  const body = rewrite({ ...loop.body, results }, () => undefined, new Map(known));
  const used = new Set([...body.nodes.flatMap(({ inputs }) => inputs), ...body.results]);
  // Turns are counted by what they are taken over.
  const counting = inputs.findIndex((_, i) => isStacked(loop, i));
  const isKept = (_: Value, i: number) =>
    i < carriedBy(loop) || i === counting || used.has(loop.body.arguments[i]!);
  const kept = relooped(
    loop,
    { ...body, arguments: body.arguments.filter(isKept) },
    inputs.filter(isKept),
  ).outputs.values();
  return loop.outputs.map((output, i) => (isNeeded[i] ? kept.next().value! : output));
}

/** A value that can be made anew inside: a constant, or one filled with a number. */
function knownNumbers(outside: Value): Value | undefined {
  if (outside.source.kind === 'constant') return outside;
  const number = uniformNumber(outside);
  if (number === undefined || sizeOf(outside.shape) === 0) return undefined;
  const { shape, dtype } = outside;
  return node('Fill', {}, { shape, value: number, dtype }, [{ shape, dtype }]).outputs[0];
}
