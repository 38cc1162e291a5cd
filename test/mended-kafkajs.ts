// Before each test file on real parts: kafkajs is loaded as in production, and nobody has loaded it
// otherwise. A file that imports it first would decide for all later ones of its worker what
// "ours" means.
import { createRequire } from 'node:module'
import { loadKafkaJs } from '../messaging/kafka/load-kafkajs.ts'
import { encodeRequest } from '../messaging/kafka/request-encoder.ts'

const require = createRequire(import.meta.url)
const mended = require.resolve('kafkajs/src/protocol/request.js')
/** One that uses it, as it found it when it was loaded. */
const user = require.resolve('kafkajs/src/network/connection.js')

// Files of a worker may each have our modules anew, so they are known by their names.
const isMended = () => require.cache[mended]?.exports.name === encodeRequest.name

if (require.cache[user] !== undefined && !isMended()) {
  throw new Error('kafkajs was loaded before it was mended: call loadKafkaJs() first')
}
loadKafkaJs()
if (!isMended()) throw new Error('kafkajs is not mended: it has another version')
