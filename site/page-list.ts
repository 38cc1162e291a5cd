// The one list of pages: docs/README.md. Its headings are the sections of the side bar, and each line
// `- [title](file)` below one is a page. Decisions are numbered, and list themselves.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.join(import.meta.dirname, '..')
export const listFile = 'docs/README.md'
const decisionsFolder = 'docs/decisions'

export type Page = {
  /** From the root of the checkout: `docs/rest.md`. */
  readonly file: string
  readonly title: string
}

export type Section = {
  readonly title: string
  readonly pages: readonly Page[]
}

export type PageList = readonly Section[]

export function readPageList(): PageList {
  return parsePageList(readFileSync(path.join(root, listFile), 'utf8'))
}

export function parsePageList(text: string): PageList {
  const [, ...sections] = text.split(/^## /m)
  return sections.map((section) => {
    const title = section.slice(0, section.indexOf('\n')).trim()
    const lines = [...section.matchAll(/^- \[([^\]]+)\]\(([^)#]+)\)/gm)]
    const pages = lines.map(([, name = '', target = '']) => ({
      file: path.posix.join(path.posix.dirname(listFile), target),
      title: name,
    }))
    return { title, pages }
  })
}

/** In the order of their numbers. */
export function readDecisions(): readonly Page[] {
  return readdirSync(path.join(root, decisionsFolder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => {
      const file = path.posix.join(decisionsFolder, name)
      const [, title = name] = /^# (.+)$/m.exec(readFileSync(path.join(root, file), 'utf8')) ?? []
      return { file, title }
    })
}

/** Documents that no list names, and names of what is not there. */
export function checkPageList(list: PageList, files: readonly string[]): readonly string[] {
  const listed = list.flatMap(({ pages }) => pages.map(({ file }) => file))
  const twice = listed.filter((file, index) => listed.indexOf(file) !== index)
  const pages = files.filter((file) => /^docs\/.*\.md$/.test(file) && file !== listFile)
  const own = (file: string) => !file.startsWith(`${decisionsFolder}/`)
  return [
    ...pages
      .filter((file) => own(file) && !listed.includes(file))
      .map((file) => `${file}: ${listFile} does not list it`),
    ...listed
      .filter((file) => !files.includes(file))
      .map((file) => `${listFile}: ${file} is not there`),
    ...twice.map((file) => `${listFile}: ${file} is listed twice`),
  ]
}
