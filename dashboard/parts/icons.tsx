// The icons, as lines on a grid of 16: drawn here, so that none has to be fetched.
const paths = {
  overview: 'M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-6M13.5 13.5v-11',
  sagas: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  stuck: 'M8 2.2 14.2 13H1.8zM8 6.5v3M8 11.2v.1',
  definitions: 'M3.5 2.5h3v3h-3zM9.5 10.5h3v3h-3zM5 5.5V12h4.5',
  start: 'M5 3.2v9.6L12.6 8z',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.4 10.4l3.1 3.1',
  filter: 'M2 3.5h12M4.5 8h7M6.5 12.5h3',
  back: 'M6.5 4 2.5 8l4 4M2.5 8h7a4 4 0 0 1 4 4',
  out: 'M3 8h9.5M9 4.5 12.5 8 9 11.5',
  into: 'M13 8H3.5M7 4.5 3.5 8 7 11.5',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 4.8V8l2.2 1.6',
  letter: 'M2 4h12v8.5H2zM2.5 4.5 8 9l5.5-4.5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6v-3.500h3.500M10 2.500h3.500v3.500M13.500 10v3.500h-3.500M6 13.500h-3.500v-3.500',
  key: 'M10.5 2.500a3 3 0 1 1-2.600 4.500L2.500 12.400v1.100h2v-1.500H6v-1.500l2-2',
  info: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 7.300v3.700M8 5v.1',
  leave: 'M6.500 3.500H3.500v9h9V9.500M9 3h4v4M13 3 7.500 8.500',
  left: 'M10 3.500 5.500 8l4.500 4.500',
  right: 'M6 3.500 10.500 8 6 12.500',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
