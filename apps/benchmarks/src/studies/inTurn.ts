import type { Key } from '@pushforward/tensors';

/** What is found of each item, one after the other, each with a key of its own. */
export async function inTurn<Item, Found>(
  key: Key,
  items: readonly Item[],
  study: (key: Key, item: Item) => Promise<Found>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [i, own] of key.split(items.length).entries()) found.push(await study(own, items[i]!));
  return found;
}
