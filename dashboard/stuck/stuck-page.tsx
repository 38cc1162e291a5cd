// To be written: the view stuck of the dashboard.
export function StuckPage() {
  return <div className="page-body"><h1>Stuck</h1></div>
}
