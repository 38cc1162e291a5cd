// A moment, told by how long ago it was; the whole date is in its title.
import { useNow } from '../clock.ts'
import { agoText, dateText } from '../words/format.ts'

export function Ago({ at }: { readonly at: string }) {
  return (
    <time className="num" dateTime={at} title={dateText(at)}>
      {agoText(at, useNow())}
    </time>
  )
}
