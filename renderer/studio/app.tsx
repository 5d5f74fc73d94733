/** The Studio's page. */
import { signal } from '@preact/signals';
import { requestCodecPort } from 'electron-webcodecs/renderer';
import { render } from 'preact';

const state = signal('Connecting to the codec host…');

function App() {
  return (
    <main>
      <h1>WebCodecs Studio</h1>
      <p role="status">{state}</p>
    </main>
  );
}

render(<App />, document.body);

const engine = new Worker('engine.js', { type: 'module', name: 'engine' });
engine.onmessage = ({ data }: MessageEvent<string>) => {
  state.value = data;
};
requestCodecPort().then(
  ({ port }) => engine.postMessage(port, [port]),
  (error: Error) => {
    state.value = error.message;
  },
);
