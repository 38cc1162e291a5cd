// Where a file of the checkout is on the site, and its links on the way there.
import path from 'node:path'

/** `docs/ARCHITECTURE.md` is `architecture.md` there, `README.zh.md` the front page in Chinese. */
export function sitePath(file: string): string {
  const fixed: Readonly<Record<string, string>> = {
    'README.md': 'index.md',
    'README.zh.md': 'zh/index.md',
    'docs/README.md': 'overview.md',
    'site/home.md': 'index.md',
  }
  return (
    fixed[file] ??
    file
      .replace(/^docs\//, '')
      .replace(/\/README\.md$/, '.md')
      .replace(/\.json$/, '.md')
      .toLowerCase()
  )
}

/**
 * The text with its links and pictures as the site has them. A link to a file that is no page keeps
 * its words only.
 */
export function moveLinks(file: string, text: string, isPage: (file: string) => boolean): string {
  const here = path.posix.dirname(sitePath(file))
  const move = (whole: string, words: string, target: string, anchor = '') => {
    if (/^\w+:/.test(target)) return whole
    const aimed = path.posix.join(path.posix.dirname(file), target).replace(/\/$/, '')
    if (aimed === 'docs/decisions') return `[${words}](${relative(here, 'decisions/index.md')})`
    const page = [aimed, `${aimed}/README.md`].find(isPage)
    if (page !== undefined) {
      // The front page has none of the headings of the README.
      const heading = page === 'README.md' ? '' : anchor
      return `[${words}](${relative(here, sitePath(page))}${heading})`
    }
    return words
  }
  return outsideCode(text, (part) =>
    part
      .replace(/(?<!!)\[((?:[^[\]]|!\[[^\]]*\]\([^)]*\))+)\]\(([^)#\s]+)(#[^)\s]*)?\)/g, move)
      .replace(/!\[([^\]]*)\]\(([^)\s]+)\)/g, (_, words: string, target: string) => {
        const aimed = path.posix.join(path.posix.dirname(file), target).replace(/^docs\//, '')
        return `![${words}](${relative(here, aimed)})`
      }),
  )
}

function relative(from: string, to: string): string {
  const way = path.posix.relative(from, to)
  return way.startsWith('.') ? way : `./${way}`
}

/** Code has no links, only what looks like them. */
function outsideCode(text: string, change: (part: string) => string): string {
  const parts = text.split(/(^```[\s\S]*?^```$)/m)
  return parts.map((part) => (part.startsWith('```') ? part : change(part))).join('')
}
