export function CodecsView() {
  return <h1>Codecs</h1>;
}
