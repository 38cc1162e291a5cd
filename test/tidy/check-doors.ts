// What users can import must be explained: every function, class, value and type of a function
// that a door passes on has a docstring. Types of data may speak by their members.
import path from 'node:path'
import ts from 'typescript'
import { doors } from './check-shape.ts'
import { root } from './source-tree.ts'

/** Answers the names without a docstring, as `file: name`. */
export function undocumented(entries: readonly string[], folder = root): readonly string[] {
  const options = readOptions()
  const program = ts.createProgram(
    entries.map((entry) => path.join(folder, entry)),
    options,
  )
  const checker = program.getTypeChecker()
  return entries.flatMap((entry) => {
    const source = program.getSourceFile(path.join(folder, entry))
    const symbol = source && checker.getSymbolAtLocation(source)
    if (!symbol) return [`${entry}: not found, or not a module`]
    return checker
      .getExportsOfModule(symbol)
      .filter((exported) => !isExplained(original(checker, exported), checker))
      .map((exported) => `${entry}: ${exported.name}`)
  })
}

export const undocumentedInDoors = (): readonly string[] => undocumented(doors)

function readOptions(): ts.CompilerOptions {
  const file = path.join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, ts.sys.readFile)
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options
}

function original(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function isExplained(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const words = symbol.getDocumentationComment(checker).length + symbol.getJsDocTags(checker).length
  const [declaration] = symbol.declarations ?? []
  return words > 0 || (declaration !== undefined && isTypeOfData(declaration))
}

function isTypeOfData(declaration: ts.Declaration): boolean {
  return ts.isTypeAliasDeclaration(declaration) && !ts.isFunctionTypeNode(declaration.type)
}
