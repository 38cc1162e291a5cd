// The chart as Kubernetes would get it: rendered by helm, read as objects.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { root } from '../tidy/source-tree.ts'

export const chartFolder = path.join(root, 'deploy/helm/sagaline')

export type Values = Readonly<Record<string, unknown>>

export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>>
}

export type Container = {
  readonly name: string
  readonly command: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly containerPort: number }[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly resources: Readonly<Record<string, unknown>>
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
} & Readonly<Record<`${'startup' | 'liveness' | 'readiness'}Probe`, Probe | undefined>>

type Probe = { readonly httpGet: { readonly path: string; readonly port: string } }

export type Pod = {
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly terminationGracePeriodSeconds: number
}

/** The newest Kubernetes that is spoken to; helm alone would take its own, old one. */
const kubeVersion = '1.34.0'

/** Answers what helm says instead of rendering, or the objects in their order. */
export function render(
  helm: string,
  values: Values | string,
): { readonly problem: string } | { readonly manifests: readonly Manifest[] } {
  const { status, stdout, stderr } = helmOn(helm, ['template', 'shop'], values)
  if (status !== 0) return { problem: stderr }
  const documents = parseAllDocuments(stdout)
  const wrong = documents.flatMap(({ errors }) => errors.map(({ message }) => message))
  if (wrong.length > 0) return { problem: wrong.join('\n') }
  const objects = documents.map((document) => document.toJS() as Manifest | null)
  return { manifests: objects.filter((one) => one !== null) }
}

/** Null when it finds nothing. */
export function lint(helm: string, values: Values | string): string | null {
  const { status, stdout } = helmOn(helm, ['lint', '--strict'], values)
  return status === 0 ? null : stdout
}

/** `values`: objects, or the path of a file. */
function helmOn(helm: string, words: readonly string[], values: Values | string) {
  const isFile = typeof values === 'string'
  const given = ['--values', isFile ? values : '-', '--kube-version', kubeVersion]
  return spawnSync(helm, [...words, chartFolder, ...given], {
    encoding: 'utf8',
    input: isFile ? '' : stringify(values),
  })
}

export function podOf({ spec }: Manifest): Pod {
  return (spec['template'] as { readonly spec: Pod }).spec
}

export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((one) => one.kind === kind)
}
