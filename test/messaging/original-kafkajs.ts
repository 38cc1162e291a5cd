// A part of kafkajs as kafkajs has it, also where it was mended in this process.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export function originalOf<Exported>(path: string): Exported {
  const file = require.resolve(path)
  const mended = require.cache[file]
  delete require.cache[file]
  const original = require(file) as Exported
  if (mended !== undefined) require.cache[file] = mended
  return original
}
