// Links of documents to a heading, `page.md#heading`, and blocks of code. Anchors are those of GitHub,
// which the site has as well.
import path from 'node:path'
import GithubSlugger from 'github-slugger'
import type { SourceFile } from './source-tree.ts'

export type CodeBlock = { readonly language: string; readonly text: string }

const fence = /^```([^\n]*)\n([\s\S]*?)^```$/gm

export function codeOf(text: string): readonly CodeBlock[] {
  return [...text.matchAll(fence)].map(([, info = '', code = '']) => ({
    language: info.split(' ')[0] ?? '',
    text: code,
  }))
}

export function headingAnchors(text: string): ReadonlySet<string> {
  const slugger = new GithubSlugger()
  const headings = [...text.replace(fence, '').matchAll(/^#{1,6} (.+)$/gm)]
  return new Set(headings.map(([, heading = '']) => slugger.slug(plain(heading))))
}

/** As it is read: without marks, and links as their words. */
function plain(heading: string): string {
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
}

/** Anchors of pages of ours that no heading has. Whether the file is there is checked elsewhere. */
export function checkAnchors(
  { path: file, text }: SourceFile,
  isThere: (file: string) => boolean,
  anchorsOf: (file: string) => ReadonlySet<string>,
): readonly string[] {
  const links = [...text.replace(fence, '').matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)]
  return links.flatMap(([, target = '', anchor = '']) => {
    if (/^\w+:/.test(target)) return []
    const aimed = target === '' ? file : path.posix.join(path.posix.dirname(file), target)
    if (!aimed.endsWith('.md') || !isThere(aimed)) return []
    return anchorsOf(aimed).has(anchor) ? [] : [`${file}: ${target}#${anchor} is not there`]
  })
}
