/** A proxy that writes the dialogue down as a transcript that the scripted server can play. It can do harm like any proxy. */
import { Dialogue } from './dialogue.js';
import { startProxy, type Proxy, type ProxyOptions } from './proxy.js';

export interface RecorderOptions extends Omit<ProxyOptions, 'listen'> {
  /** Write passwords and tokens of the client down; otherwise they are `*`. */
  readonly secrets?: boolean;
}

export interface Recorder extends Proxy {
  /** The dialogue of all connections so far. */
  transcript(): string;
}

export async function startRecorder(
  target: { readonly host: string; readonly port: number },
  options: RecorderOptions = {},
): Promise<Recorder> {
  const dialogues: Dialogue[] = [];
  const proxy = await startProxy(target, {
    ...options,
    listen: () => {
      const dialogue = new Dialogue(options.secrets ?? false);
      dialogues.push(dialogue);
      return dialogue;
    },
  });
  return Object.assign(proxy, {
    transcript: () => dialogues.map(({ lines }) => lines.join('\n')).join('\n! connection\n'),
  });
}
