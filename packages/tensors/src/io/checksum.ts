const polynomial = 0xedb88320;

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = (remainder >>> 1) ^ (remainder % 2 === 0 ? 0 : polynomial);
  return remainder;
});

/** CRC-32 (ISO 3309) as eight hexadecimal digits. */
export function checksum(bytes: Uint8Array): string {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ remainders[(remainder ^ byte) & 0xff]!;
  return (~remainder >>> 0).toString(16).padStart(8, '0');
}
