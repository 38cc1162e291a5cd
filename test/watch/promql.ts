// What an expression of PromQL asks for, by the grammar of Prometheus's own editor.
import { parser } from '@prometheus-io/lezer-promql'

export type Asked = {
  /** Where it is no PromQL; empty when it is. */
  readonly errors: readonly string[]
  readonly series: readonly string[]
  /** Of selectors and groupings. */
  readonly labels: readonly string[]
}

/** Grafana writes these in before Prometheus sees the expression. */
const written = (expr: string) => expr.replaceAll('$__rate_interval', '1m')

export function readPromql(text: string): Asked {
  const expr = written(text)
  const errors: string[] = []
  const series: string[] = []
  const labels: string[] = []
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      const part = expr.slice(from, to)
      if (type.isError) errors.push(`at ${from}: ${expr.slice(from, from + 20)}`)
      else if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector')
        series.push(part)
      else if (type.name === 'LabelName') labels.push(part)
    },
  })
  return { errors, series, labels }
}
