// How VitePress builds the site: names, side bars of both languages, search, and diagrams that are
// drawn when it is built, so that a reader's browser loads nothing for them.
import { readFileSync } from 'node:fs'
import { renderMermaidSVG } from 'beautiful-mermaid'
import GithubSlugger from 'github-slugger'

const sidebar = JSON.parse(
  readFileSync(new URL('dist/pages/.vitepress/side-bar.json', import.meta.url), 'utf8'),
)
const description =
  'Sagas over Kafka and Postgres for Node: statecharts, compensation, nothing else to run.'

export const config = {
  title: 'Sagaline',
  description,
  outDir: '../html',
  cacheDir: '../cache',
  lastUpdated: false,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/mark.svg' }]],
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: english() },
    zh: { label: '简体中文', lang: 'zh-CN', link: '/zh/', themeConfig: chinese() },
  },
  themeConfig: {
    logo: '/mark.svg',
    sidebar,
    // Not every page is there in both languages: the switch leads to the first one.
    i18nRouting: false,
    externalLinkIcon: true,
    search: { provider: 'local', options: searchOptions() },
  },
  markdown: {
    // Addresses in the text, such as http://127.0.0.1:3000, are no links.
    linkify: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // Headings have the anchors that they have on GitHub, so that a link holds in both places.
    anchor: { getTokensText: (tokens) => tokens.map(({ content }) => content).join(''), slugify },
    toc: { slugify },
    config: (md) => {
      md.set({ html: false })
      leaveBraces(md)
      drawDiagrams(md)
    },
  },
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
}

function slugify(text) {
  return new GithubSlugger().slug(text)
}

function english() {
  return {
    nav: [
      { text: 'Tutorial', link: '/first-saga.html' },
      { text: 'How to', link: '/how-to/add-a-participant.html' },
      { text: 'Reference', link: '/semantics.html' },
      { text: 'Explanation', link: '/guarantees.html' },
      { text: 'All pages', link: '/overview.html' },
    ],
    outline: { level: [2, 3] },
    footer: { message: 'MIT licence' },
  }
}

function chinese() {
  return {
    nav: [
      { text: '简介', link: '/zh/' },
      { text: '教程', link: '/zh/first-saga.html' },
      { text: '全部文档（英文）', link: '/overview.html' },
    ],
    outline: { level: [2, 3], label: '本页内容' },
    docFooter: { prev: '上一页', next: '下一页' },
    darkModeSwitchLabel: '外观',
    lightModeSwitchTitle: '切换到浅色',
    darkModeSwitchTitle: '切换到深色',
    sidebarMenuLabel: '目录',
    returnToTopLabel: '回到顶部',
    langMenuLabel: '语言',
    footer: { message: 'MIT 许可证' },
  }
}

function searchOptions() {
  return {
    miniSearch: {
      options: {
        // Chinese has no spaces between words. The function runs in the browser, with nothing around it.
        tokenize: (text) =>
          [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)]
            .filter(({ isWordLike }) => isWordLike)
            .map(({ segment }) => segment),
      },
    },
    locales: {
      zh: {
        translations: {
          button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
          modal: {
            displayDetails: '显示详情',
            resetButtonTitle: '清除',
            backButtonTitle: '关闭',
            noResultsText: '没有找到',
            footer: { selectText: '打开', navigateText: '切换', closeText: '关闭' },
          },
        },
      },
    },
  }
}

/** Pages are text: `{{ x }}` in one is nothing to be computed, and `<x>` no tag. */
function leaveBraces(md) {
  for (const rule of ['text', 'code_inline']) {
    const render = md.renderer.rules[rule]
    md.renderer.rules[rule] = (...args) => render(...args).replaceAll('{{', '<span v-pre>{{</span>')
  }
}

/** The colours are those of the page, light or dark. */
const colours = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  accent: 'var(--vp-c-brand-1)',
  transparent: true,
}

function drawDiagrams(md) {
  const fence = md.renderer.rules.fence
  md.renderer.rules.fence = (...args) => {
    const [tokens, index] = args
    const { info, content } = tokens[index]
    if (info.trim() !== 'mermaid') return fence(...args)
    // It would ask another site for a font that the page has already.
    const svg = renderMermaidSVG(content, colours).replace(/@import url\([^)]*\);/, '')
    return `<figure class="diagram" v-pre>${svg}</figure>`
  }
}
