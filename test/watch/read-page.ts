// Reads a page in the text format of Prometheus, as its parsers do: every line must be understood.
export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export type Page = {
  readonly samples: readonly Sample[]
  /** By the name of the metric, what it is. */
  readonly types: ReadonlyMap<string, string>
  /** The value of the one sample with that name and, among others, these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]?\d+)?|\+Inf|-Inf|Nan|NaN)$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)",?/y

/** @throws Error for a line that is none of the format. */
export function readPage(text: string): Page {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? []
    if (name !== '') types.set(name, type)
    else if (!line.startsWith('# HELP ')) samples.push(readSample(line))
  }
  const value: Page['value'] = (name, labels = {}) =>
    samples.find(
      (one) =>
        one.name === name &&
        Object.entries(labels).every(([key, text]) => one.labels[key] === text),
    )?.value
  return { samples, types, value }
}

function readSample(line: string): Sample {
  const [, name, labelText = '', number] = sampleLine.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < labelText.length) {
    const [, key, text] = label.exec(labelText) ?? []
    if (key === undefined || text === undefined) throw new Error(`no labels: ${line}`)
    labels[key] = text
  }
  return { name, labels, value: Number(number === '+Inf' ? Number.POSITIVE_INFINITY : number) }
}
