// To be written: the view definitions of the dashboard.
export function DefinitionsPage(_: { readonly name?: string | undefined; readonly version?: string | undefined }) {
  return <div className="page-body"><h1>Definitions</h1></div>
}
