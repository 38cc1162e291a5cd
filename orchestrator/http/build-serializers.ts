// The functions that write answers, one for each schema. Fastify asks for one for every status of
// every route, and most are the same few problems: compiled each by itself they were nine tenths of
// the start of the HTTP edge.
import SerializerSelector from '@fastify/fast-json-stringify-compiler'

type Known = Map<string, SerializerSelector.Serializer>

const buildFactory = SerializerSelector()
/** By the schemas that others refer to, then by the schema itself, as texts. */
const known = new Map<string, Known>()

/** For `schemaController.compilersFactory.buildSerializer`. */
export function buildSerializers(
  shared?: unknown,
  options?: SerializerSelector.Options,
): SerializerSelector.SerializerCompiler {
  const compile = buildFactory(shared, options)
  const surroundings = JSON.stringify([shared, options])
  const serializers: Known = known.get(surroundings) ?? new Map()
  known.set(surroundings, serializers)
  return (route) => {
    const key = JSON.stringify(route.schema)
    const serializer = serializers.get(key) ?? compile(route)
    serializers.set(key, serializer)
    return serializer
  }
}
