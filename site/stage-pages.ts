// Makes the folder that the generator reads: the listed pages with their links as the site has them,
// pages made of OpenAPI and AsyncAPI documents, the pictures, and the side bar.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type AsyncApi, asyncapiPage } from './asyncapi-page.ts'
import { type OpenApi, openapiPage } from './openapi-page.ts'
import {
  listFile,
  type Page,
  type PageList,
  readDecisions,
  root,
  type Section,
} from './page-list.ts'
import { moveLinks, sitePath } from './site-path.ts'

export function stagePages(list: PageList, folder: string): void {
  const decisions = readDecisions()
  const home = 'site/home.md'
  // JSON is YAML, too.
  const front = readFileSync(path.join(root, 'site/front.json'), 'utf8')
  const listed = list.flatMap(({ pages }) => pages.map(({ file }) => file))
  const files = [home, listFile, ...listed, ...decisions.map(({ file }) => file)]
  const isPage = (file: string) => file === 'README.md' || files.includes(file)
  const write = (name: string, text: string) => {
    const place = path.join(folder, name)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
  for (const file of files) {
    const text = readFileSync(path.join(root, file), 'utf8')
    const page = file.endsWith('.json') ? documentPage(JSON.parse(text)) : text
    const moved = moveLinks(file, page, isPage)
    write(sitePath(file), file === home ? `---\n${front}---\n\n${moved}` : moved)
  }
  write('decisions/index.md', decisionsPage(decisions))
  cpSync(path.join(root, 'docs/pictures'), path.join(folder, 'pictures'), { recursive: true })
  for (const picture of ['dashboard/mark.svg', 'docs/pictures/dashboard-saga.png']) {
    cpSync(path.join(root, picture), path.join(folder, 'public', path.basename(picture)))
  }
  write('.vitepress/side-bar.json', JSON.stringify(sideBars(list, decisions)))
  write('.vitepress/config.mjs', "export { config as default } from '../../../vitepress.mjs'\n")
  write(
    '.vitepress/theme/index.mjs',
    "export { theme as default } from '../../../../theme/theme.mjs'\n",
  )
}

/** OpenAPI and AsyncAPI say what they are. */
function documentPage(document: OpenApi | AsyncApi): string {
  return 'asyncapi' in document ? asyncapiPage(document) : openapiPage(document)
}

function decisionsPage(decisions: readonly Page[]): string {
  const lines = decisions.map(
    ({ file, title }, index) => `${index + 1}. [${title}](./${path.posix.basename(file)})`,
  )
  return `# Decisions\n\nWhy it is built this way, and what that costs.\n\n${lines.join('\n')}\n`
}

type SideBar = readonly {
  readonly text: string
  readonly collapsed?: boolean
  readonly items: readonly { readonly text: string; readonly link: string }[]
}[]

/** The pages in Chinese have a side bar of their own. */
function sideBars(list: PageList, decisions: readonly Page[]): Readonly<Record<string, SideBar>> {
  const item = ({ file, title }: Page) => ({
    text: title.replaceAll('`', ''),
    link: `/${sitePath(file).replace(/\.md$/, '.html')}`,
  })
  const section = ({ title, pages }: Section) => ({ text: title, items: pages.map(item) })
  const isChinese = ({ pages }: Section) => pages.some(({ file }) => /\bzh\b/.test(file))
  const english = list.filter((each) => !isChinese(each)).map(section)
  const all = { text: 'Decisions', collapsed: true, items: decisions.map(item) }
  return { '/zh/': list.filter(isChinese).map(section), '/': [...english, all] }
}
