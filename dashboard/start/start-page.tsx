// To be written: the view start of the dashboard.
export function StartPage() {
  return <div className="page-body"><h1>Start</h1></div>
}
