// Many JSON values as one parameter. An array parameter is quoted value by value, which costs
// more than all the rest of a batch; JSON never holds this character as it stands, so a plain
// text can be cut at it: `string_to_array($1, chr(31))::json[]`.

const separator = String.fromCharCode(31)

export function jsonList(values: readonly unknown[]): string {
  return textList(values.map((value) => JSON.stringify(value)))
}

/** The same of values that are JSON already. */
export function textList(texts: readonly string[]): string {
  return texts.join(separator)
}
