// Colours, where somebody sees them.
import { styleText } from 'node:util'

export type Paint = (colour: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string

export function createPaint(isColoured: boolean): Paint {
  return (colour, text) =>
    isColoured && text !== '' ? styleText(colour, text, { validateStream: false }) : text
}
