export function RecordView() {
  return <h1>Record</h1>;
}
