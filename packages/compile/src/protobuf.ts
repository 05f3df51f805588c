/** Writes the wire format of protocol buffers: as much of it as ONNX models and TensorFlow graphs need. */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];

  /** Field `field` holding an integer; nothing is written for undefined. */
  integer(field: number, value: number | undefined): this {
    if (value === undefined) return this;
    this.parts.push(varint(field * 8), varint(value));
    return this;
  }

  /** Field `field` holding a 32-bit float. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.parts.push(varint(field * 8 + 5), bytes);
    return this;
  }

  /** Field `field` holding text. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Field `field` holding bytes, or a message written by another writer. */
  bytes(field: number, value: Uint8Array | ProtobufWriter): this {
    const content = value instanceof ProtobufWriter ? value.finish() : value;
    this.parts.push(varint(field * 8 + 2), varint(content.length), content);
    return this;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Seven bits a byte, least significant first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
