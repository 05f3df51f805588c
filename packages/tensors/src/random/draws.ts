/** From random words to random numbers. */

/** The float32 numbers k / 2^23 on [0, 1), from the low 23 bits of each word. */
export function uniforms(words: Uint32Array): Float32Array {
  const values = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) values[i] = (words[i]! & 0x7fffff) / 0x800000;
  return values;
}

/** Standard Gumbel numbers, -log(-log u), with u in the middle of 2^32 cells: never 0 nor 1, so they are finite. */
export function gumbels(words: Uint32Array): Float32Array {
  const values = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++)
    values[i] = -Math.log(-Math.log((words[i]! + 0.5) / 2 ** 32));
  return values;
}

/** Fisher and Yates' shuffle of 0, 1, ..., from two words each. */
export function shuffle(words: Uint32Array): Int32Array {
  const order = Int32Array.from({ length: words.length / 2 }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    // 53 random bits leave no visible bias at any length that fits memory.
    const unit = ((words[2 * i]! >>> 5) * 2 ** 26 + (words[2 * i + 1]! >>> 6)) / 2 ** 53;
    const j = Math.floor(unit * (i + 1));
    const last = order[i]!;
    order[i] = order[j]!;
    order[j] = last;
  }
  return order;
}
