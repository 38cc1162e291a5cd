// Objects for Kubernetes against its schemas, and those of KEDA and the Prometheus operator: values by
// the validators of kubernetes-models, names that no schema knows by the compiler, since the
// validators let those pass.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../tidy/source-tree.ts'
import type { Manifest } from './render-chart.ts'

type Model = new (given: object) => { validate(): void }

/** Where the model of an object is, by the group of its `apiVersion`. */
function moduleOf({ apiVersion }: Manifest): string {
  if (apiVersion.startsWith('keda.sh/')) return `@kubernetes-models/keda/${apiVersion}`
  if (apiVersion.startsWith('monitoring.coreos.com/')) {
    return `@kubernetes-models/prometheus-operator/${apiVersion}`
  }
  return `kubernetes-models/${apiVersion}`
}

/** `folder` has the models in its `node_modules`. */
export async function schemaProblems(
  folder: string,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const wrong = await Promise.all(manifests.map((manifest) => valueProblem(folder, manifest)))
  return [...wrong.flat(), ...nameProblems(folder, manifests)]
}

async function valueProblem(folder: string, manifest: Manifest): Promise<readonly string[]> {
  const file = path.join(folder, 'node_modules', moduleOf(manifest), 'index.js')
  const module = await import(pathToFileURL(file).href)
  const { kind, metadata } = manifest
  const Kind = module[kind] as Model | undefined
  if (Kind === undefined) return [`${kind} is not known in ${manifest.apiVersion}`]
  try {
    new Kind(manifest).validate()
    return []
  } catch (error) {
    return [`${kind} ${metadata.name}: ${error instanceof Error ? error.message : error}`]
  }
}

/** A literal may have no field that its type lacks. */
function nameProblems(folder: string, manifests: readonly Manifest[]): readonly string[] {
  const lines = manifests.map((manifest, at) => {
    const type = `import(${JSON.stringify(moduleOf(manifest))}).I${manifest.kind}`
    return `export const object${at}: ${type} = ${JSON.stringify(manifest, null, 2)}`
  })
  const file = path.join(folder, `objects-${process.pid}.ts`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  try {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig']
    const kind = ['--module', 'nodenext', '--target', 'es2024']
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, ...kind, file], {
      encoding: 'utf8',
      cwd: folder,
    })
    return status === 0 ? [] : stdout.split('\n').filter((line) => line.includes('error'))
  } finally {
    rmSync(file)
  }
}
