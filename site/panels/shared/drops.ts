/** Lets an element take files, and texts if they are wanted; it has the class `over` while something hangs above it. */
export function takeFiles(element: HTMLElement, take: (file: File) => void, paste?: (text: string) => void): void {
  for (const type of ['dragenter', 'dragover'] as const) {
    element.addEventListener(type, (event) => {
      event.preventDefault();
      element.classList.add('over');
    });
  }
  element.addEventListener('dragleave', () => element.classList.remove('over'));
  element.addEventListener('drop', (event) => {
    event.preventDefault();
    element.classList.remove('over');
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
    else paste?.(event.dataTransfer?.getData('text') ?? '');
  });
}
