// A PATH on which there is Node and a shell, and nothing else that a machine may have.
import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import path from 'node:path'

const programs = ['node', 'npm', 'sh']

/** `folder` is made, and goes with whatever it is in. */
export function makeBarePath(folder: string, usual: string): string {
  mkdirSync(folder)
  for (const program of programs) {
    const places = usual.split(path.delimiter).map((place) => path.join(place, program))
    const found = places.find((place) => existsSync(place))
    if (found === undefined) throw new Error(`${program} is not on the PATH ${usual}`)
    symlinkSync(realpathSync(found), path.join(folder, program))
  }
  return folder
}
