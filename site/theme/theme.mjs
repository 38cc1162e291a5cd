// The look of the site: the default theme of VitePress in the colours of the dashboard.
import DefaultTheme from 'vitepress/theme'
import './theme.css'

export const theme = DefaultTheme
