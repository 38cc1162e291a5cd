// A buffer that is written from front to back in Kafka's encodings and grows as needed. Used by
// produce-encoder.ts.

/** A text up to here has its length in one byte if it is ASCII, and is written faster by hand. */
const shortTextMax = 63
/** What a record's length usually takes; another one moves the record. */
const sizeBytesUsual = 2
const utf8BytesPerUnitMax = 3
/** The largest number, and the largest length of anything. */
const numberBytesMax = 10
const initialBytes = 64 * 1024
/** A request that needed more than this leaves the memory again. */
const keptBytesMax = 4 * 1024 * 1024

export class ByteWriter {
  #buffer = Buffer.allocUnsafe(initialBytes)
  #at = 0

  /** From the beginning again. */
  start(): void {
    this.#at = 0
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafe(initialBytes)
  }

  get at(): number {
    return this.#at
  }

  copy(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at))
  }

  /** Valid until something more is written. */
  written(from: number): Buffer {
    return this.#buffer.subarray(from, this.#at)
  }

  int8(value: number): void {
    this.#ensure(numberBytesMax)
    this.#buffer[this.#at++] = value
  }

  int16(value: number): void {
    this.#ensure(numberBytesMax)
    this.#at = this.#buffer.writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#ensure(numberBytesMax)
    this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  /** A whole number from 0 up to 2^53. */
  int64(value: number): void {
    this.#ensure(numberBytesMax)
    this.#at = this.#buffer.writeUInt32BE(Math.floor(value / 2 ** 32), this.#at)
    this.#at = this.#buffer.writeUInt32BE(value % 2 ** 32, this.#at)
  }

  reserve32(): number {
    const at = this.#at
    this.int32(0)
    return at
  }

  patch32(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value, at)
  }

  /** Zigzag, seven bits a byte. Never negative here. */
  varInt(value: number): void {
    this.#ensure(numberBytesMax)
    this.#at = putVarInt(this.#buffer, this.#at, value)
  }

  utf8(text: string): void {
    this.#ensure(text.length * utf8BytesPerUnitMax)
    this.#at += this.#buffer.write(text, this.#at)
  }

  sizedBytes(bytes: Buffer): void {
    this.varInt(bytes.length)
    this.#ensure(bytes.length)
    this.#at += bytes.copy(this.#buffer, this.#at)
  }

  sizedText(text: string): void {
    this.#ensure(text.length * utf8BytesPerUnitMax + numberBytesMax)
    if (text.length > shortTextMax || !this.#shortAscii(text)) this.#longText(text)
  }

  #shortAscii(text: string): boolean {
    const buffer = this.#buffer
    const { length } = text
    let at = this.#at
    buffer[at++] = length << 1
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return false
      buffer[at++] = unit
    }
    this.#at = at
    return true
  }

  #longText(text: string): void {
    const bytes = Buffer.byteLength(text)
    this.#at = putVarInt(this.#buffer, this.#at, bytes)
    // As many bytes as characters: plain ASCII, which is written faster as Latin 1.
    this.#buffer.write(text, this.#at, bytes, bytes === text.length ? 'latin1' : 'utf8')
    this.#at += bytes
  }

  /** What follows, up to `endSized` with the answer, gets its length in front. */
  startSized(): number {
    const start = this.#at
    this.#ensure(numberBytesMax)
    this.#at += sizeBytesUsual
    return start
  }

  endSized(start: number): void {
    const body = start + sizeBytesUsual
    const bytes = this.#at - body
    const end = start + varIntBytes(bytes)
    if (end !== body) {
      this.#ensure(numberBytesMax)
      this.#buffer.copyWithin(end, body, this.#at)
    }
    putVarInt(this.#buffer, start, bytes)
    this.#at = end + bytes
  }

  #ensure(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(2 * (this.#at + bytes))
    this.#buffer.copy(grown, 0, 0, this.#at)
    this.#buffer = grown
  }
}

function putVarInt(buffer: Buffer, start: number, value: number): number {
  let at = start
  let left = value << 1
  while (left > 0x7f) {
    buffer[at++] = (left & 0x7f) | 0x80
    left >>>= 7
  }
  buffer[at++] = left
  return at
}

function varIntBytes(value: number): number {
  let bytes = 1
  for (let left = (value << 1) >>> 7; left > 0; left >>>= 7) bytes += 1
  return bytes
}
