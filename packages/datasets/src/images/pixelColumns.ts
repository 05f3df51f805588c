/** The names of an image's numbers, row after row, the channels of a pixel side by side. */
export function pixelColumns(
  height: number,
  width: number,
  channels: readonly string[] = [],
): string[] {
  return Array.from({ length: height * width }, (_, i) => {
    const pixel = `pixel_${Math.floor(i / width)}_${i % width}`;
    return channels.length === 0 ? pixel : channels.map((channel) => `${pixel}_${channel}`);
  }).flat();
}
