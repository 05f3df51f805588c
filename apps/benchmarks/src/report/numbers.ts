/** A number with a true minus sign. */
export function nats(value: number, digits = 2): string {
  return value.toFixed(digits).replace('-', '−');
}
