// The seed of one run, made of the seed of all and the run's number: the same wherever it is run.

/** A whole number of 32 bits; neighbours have nothing in common. */
export function runSeed(seed: number, run: number): number {
  const high = Math.floor(seed / 2 ** 32)
  return mix(mix(mix(seed | 0) ^ high) ^ run)
}

/** One round of MurmurHash3's last step, which spreads each bit over all others. */
function mix(value: number): number {
  let bits = (value + 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
