// To be written: the view overview of the dashboard.
export function OverviewPage() {
  return <div className="page-body"><h1>Overview</h1></div>
}
