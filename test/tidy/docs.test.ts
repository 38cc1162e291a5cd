// The documents as a whole: each is in the list of pages, anchors lead somewhere, the README quotes what
// the tutorial proves, and what is in Chinese says the same in code as what is in English.
import { describe, expect, it } from 'vitest'
import { asyncapiPage } from '../../site/asyncapi-page.ts'
import { openapiPage } from '../../site/openapi-page.ts'
import { checkPageList, parsePageList, readPageList } from '../../site/page-list.ts'
import { moveLinks, sitePath } from '../../site/site-path.ts'
import { checkAnchors, codeOf, headingAnchors } from './check-anchors.ts'
import { listFiles, readSource } from './source-tree.ts'

const files = listFiles()
const documents = files.filter((file) => file.endsWith('.md')).map(readSource)
const anchorsOf = (file: string) => headingAnchors(readSource(file).text)

describe('the documents', () => {
  it('are all listed in docs/README.md', () => {
    expect(checkPageList(readPageList(), files)).toEqual([])
  })

  it('have the anchors that links name', () => {
    const isThere = (file: string) => files.includes(file)
    expect(documents.flatMap((file) => checkAnchors(file, isThere, anchorsOf))).toEqual([])
  })

  it('quote the saga of the tutorial in the README', () => {
    const quoted = codeOf(readSource('README.md').text).filter(({ language }) => language === 'js')
    const tutorial = codeOf(readSource('docs/first-saga.md').text).map(({ text }) => text)
    expect(quoted.length).toBeGreaterThan(0)
    expect(quoted.filter(({ text }) => !tutorial.includes(text))).toEqual([])
  })

  it.each([
    ['README.md', 'README.zh.md'],
    ['docs/first-saga.md', 'docs/zh/first-saga.md'],
  ])('%s and %s have the same code', (english, chinese) => {
    const code = (file: string) => codeOf(readSource(file).text)
    expect(code(chinese)).toEqual(code(english))
  })
})

describe('a bad sample is found', () => {
  const page = (text: string) => ({ path: 'docs/a.md', text })

  it('a page that no list names, is not there, or is listed twice', () => {
    const list = parsePageList('# Docs\n\n## How to\n\n- [A](a.md): x\n- [A](a.md)\n- [C](c.md)\n')
    const given = ['docs/README.md', 'docs/a.md', 'docs/b.md', 'docs/decisions/0001-x.md']
    expect(checkPageList(list, given)).toEqual([
      'docs/b.md: docs/README.md does not list it',
      'docs/README.md: docs/c.md is not there',
      'docs/README.md: docs/a.md is listed twice',
    ])
  })

  it('an anchor to nowhere, here and elsewhere', () => {
    const text = '# A page\n\n## Two `words`\n\n[a](#two-words) [b](#none) [c](b.md#x) [d](b.md#y)'
    const anchors = (file: string) => (file === 'docs/a.md' ? headingAnchors(text) : new Set(['x']))
    expect(checkAnchors(page(text), () => true, anchors)).toEqual([
      'docs/a.md: #none is not there',
      'docs/a.md: b.md#y is not there',
    ])
  })
})

describe('on the site', () => {
  it('files have paths of small letters, and folders the name of their README', () => {
    const given = ['docs/ARCHITECTURE.md', 'docs/openapi.json', 'examples/README.md']
    expect(given.map(sitePath)).toEqual(['architecture.md', 'openapi.md', 'examples.md'])
    expect(sitePath('README.zh.md')).toBe('zh/index.md')
  })

  it('links lead to pages, and lose what is none; code is left alone', () => {
    const isPage = (file: string) =>
      ['docs/rest.md', 'examples/README.md', 'README.md'].includes(file)
    const move = (text: string) => moveLinks('docs/how-to/a.md', text, isPage)
    expect(move('[r](../rest.md#live)')).toBe('[r](../rest.md#live)')
    expect(move('[e](../../examples/) [p](../../package.json)')).toBe('[e](../examples.md) p')
    expect(move('![p](../pictures/a.png) [h](../../README.md#try-it)')).toBe(
      '![p](../pictures/a.png) [h](../index.md)',
    )
    expect(move('```\n[r](nowhere.md)\n```\n')).toBe('```\n[r](nowhere.md)\n```\n')
  })

  it('each route of OpenAPI has a heading, and what it takes and answers leads to its schema', () => {
    const page = openapiPage(JSON.parse(readSource('docs/openapi.json').text))
    const anchors = headingAnchors(page)
    const routes = page.match(/^`(GET|POST|PUT|PATCH|DELETE) \/\S+`$/gm) ?? []
    expect(routes.length).toBeGreaterThan(30)
    expect(anchors.size).toBeGreaterThan(routes.length)
    expect(
      checkAnchors(
        { path: 'docs/openapi.md', text: page },
        () => true,
        () => anchors,
      ),
    ).toEqual([])
  })

  it('each topic of AsyncAPI has its messages', () => {
    const headers = { required: ['ce_id'], properties: { ce_id: {}, traceparent: {} } }
    const payload = {
      required: ['n'],
      properties: { n: { type: 'integer', description: 'One|two' } },
    }
    const messages = { 'a.did': { $ref: '#/components/messages/a.did' } }
    const page = asyncapiPage({
      asyncapi: '3.0.0',
      info: { title: 'A', description: 'What a tells.' },
      channels: { a: { address: 'a.events', messages } },
      components: { messages: { 'a.did': { name: 'a.did', headers, payload } } },
    })
    expect(page).toContain('## a.events\n\n### a.did\n')
    expect(page).toContain('| Headers | `ce_id` |\n| Headers that may be there | `traceparent` |')
    expect(page).toContain('| `n` | integer, required | One\\|two |')
  })
})
