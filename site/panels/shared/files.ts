import { make } from './dom.js';

/** A field for a file that a button opens; the same file can be chosen twice. */
export function fileField(label: string, accept: string, take: (file: File) => void): HTMLInputElement {
  const field = make('input', {
    type: 'file',
    accept,
    hidden: true,
    'aria-label': label,
    onchange: () => {
      const file = field.files?.[0];
      field.value = '';
      if (file) take(file);
    },
  });
  return field;
}

/** Saves something as a file of the visitor. */
export function save(name: string, content: string | Uint8Array, type = 'application/octet-stream'): void {
  const address = URL.createObjectURL(new Blob([content as string | Uint8Array<ArrayBuffer>], { type }));
  make('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** @throws {Error} that says what the server answered */
export async function fetched(place: string): Promise<Response> {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for ${place}.`);
  return answer;
}
