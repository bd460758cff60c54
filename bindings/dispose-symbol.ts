/// <reference lib="esnext.disposable" preserve="true" />

/** `Symbol.dispose` where the host has it; elsewhere a symbol that nothing calls, so that classes can still be defined. */
export const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
