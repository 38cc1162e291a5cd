// `npm run licences`: what runs in production, and under which licence. Ends with 1 when one of them
// is not permissive.
import { isPermissive, type Lock, productionLicences } from './licences.ts'
import { readSource } from './source-tree.ts'

const licences = productionLicences(JSON.parse(readSource('package-lock.json').text) as Lock)
for (const { name, version, licence } of licences) {
  const note = isPermissive(licence) ? '' : '  not permissive'
  console.log(`${name} ${version}  ${licence || 'none'}${note}`)
}
process.exitCode = licences.every(({ licence }) => isPermissive(licence)) ? 0 : 1
